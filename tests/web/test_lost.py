"""Callbacks that never came are told where people and machines look for them."""

from app.storage.models import UisConnection
from tests.web.house import START, House


def connected(home: House, lost: int) -> int:
    installation = home.install()
    with home.services.sessions.begin() as session:
        session.add(
            UisConnection(
                installation_id=installation, key="x", key_hash="x", webhook_token="x", project="uis2", login="admin",
                state="connected", account_id=286, created_at=START, lost_callbacks=lost,
            )
        )  # fmt: skip
    return installation


def checks(home: House, installation: int, lang: str) -> dict[str, str]:
    answer = home.call("GET", "/health", home.token(installation, lang=lang)).get_json()
    return {check["name"]: f"{check['state']}: {check['text']}" for check in answer["checks"]}


def test_lost_callbacks_are_an_information_not_a_warning(both: House) -> None:
    told = checks(both, connected(both, 7), "ru")
    assert told["lost_callbacks"].startswith("ok: Обратные вызовы UIS, которые не дошли: 7.")
    assert "omni_lost_callbacks 7.0" in both.client.get("/metrics").get_data(as_text=True)


def test_where_none_was_lost_nothing_is_said(home: House) -> None:
    assert "lost_callbacks" not in checks(home, connected(home, 0), "en")
    assert "omni_lost_callbacks 0.0" in home.client.get("/metrics").get_data(as_text=True)
