"""What the page is told of its user and the application."""

import pytest

from app.storage.models import UisConnection
from tests.web.house import START, House


@pytest.mark.parametrize(
    ("project", "address"),
    [
        (None, "https://go.uiscom.ru"),
        ("uis2", "https://go.uiscom.ru"),
        ("comagic", "https://go.comagic.ru"),
    ],
)
def test_the_way_to_the_personal_account_is_that_of_the_brand(
    home: House, project: str | None, address: str
) -> None:
    installation = home.install()
    if project:
        with home.services.sessions.begin() as session:
            session.add(
                UisConnection(
                    installation_id=installation, key="x", key_hash="x", webhook_token="x", project=project,
                    login="admin", state="connected", account_id=286, created_at=START,
                )
            )  # fmt: skip
    told = home.call("GET", "/me", home.token(installation)).get_json()
    assert told["cabinet_url"] == address
