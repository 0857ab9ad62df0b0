"""The address for outgoing webhooks: who is let in, and what is kept."""

from typing import Any

import pytest
from sqlalchemy import select

from app.storage.models import InboxRow, Installation, InstallationState, Webhook
from tests.web.house import House

MEMBER = "portal-one"
FORM = {
    "event": "ONCRMLEADADD", "event_handler_id": "975", "data[FIELDS][ID]": "7405", "ts": "1766047124",
    "auth[domain]": "portal-one.example", "auth[client_endpoint]": "https://portal-one.example/rest/",
    "auth[server_endpoint]": "https://oauth.bitrix.info/rest/", "auth[member_id]": MEMBER,
    "auth[application_token]": "jvh9y1ulvt2m6k5or90v9mg8nn32ozas",
}  # fmt: skip


def address(home: House, installation_id: int) -> str:
    told: Any = home.call("GET", "/settings/open_lines_analytics", home.token(installation_id)).json
    url = str(told["webhook_url"])
    assert url.startswith(home.services.config.public_url + "/webhook/")
    return url.removeprefix(home.services.config.public_url)


def kept(home: House) -> list[InboxRow]:
    with home.services.sessions() as session:
        return list(session.scalars(select(InboxRow)))


def test_an_event_is_kept_once_and_without_its_token(both: House) -> None:
    path = address(both, both.install(MEMBER))
    answers = [both.client.post(path, data=FORM).status_code for _ in range(3)]
    [row] = kept(both)
    assert (answers, row.source, row.kind) == ([200, 200, 200], "webhook", "ONCRMLEADADD")
    assert b"jvh9y1ulvt2m6k5or90v9mg8nn32ozas" not in row.body
    with both.services.sessions() as session:
        assert session.scalars(select(Webhook)).one().heard_at is not None


def test_the_address_is_secret_lasting_and_of_one_portal(home: House) -> None:
    one, two = home.install(MEMBER), home.install("portal-two")
    first = address(home, one)
    assert (address(home, one), len(first.rpartition("/")[2])) == (first, 43)
    assert address(home, two) != first
    with home.services.sessions() as session:
        stored = [row.key for row in session.scalars(select(Webhook))]
    assert not any(first.rpartition("/")[2] in key for key in stored)


def test_an_employee_sees_the_script_and_not_the_address(home: House) -> None:
    installation = home.install(MEMBER)
    told: Any = home.call("GET", "/settings/open_lines_analytics", home.token(installation, admin=False)).json
    assert (told["webhook_url"], "getSessionId" in told["script"]) == (None, True)


def test_what_a_get_answers_may_be_put_again(home: House) -> None:
    token = home.token(home.install(MEMBER))
    told: Any = home.call("GET", "/settings/open_lines_analytics", token).json
    told["settings"]["idle_minutes"] = 30
    put = home.call("PUT", "/settings/open_lines_analytics", token, told)
    saved: Any = put.json
    assert (put.status_code, saved["revision"], saved["webhook_url"]) == (200, 1, told["webhook_url"])


REFUSED: list[tuple[dict[str, str | None], int]] = [
    ({"auth[member_id]": "portal-two"}, 403),
    ({"auth[member_id]": None}, 403),
    ({"auth[application_token]": None}, 401),
    ({"auth[application_token]": ""}, 401),
    ({"event": "ONCRMCONTACTADD"}, 400),
    ({"event": "ONAPPUNINSTALL"}, 400),
    ({"event": None}, 400),
    ({"data[FIELDS][ID]": None}, 400),
    ({"data[FIELDS][ID]": "0"}, 400),
    ({"data[FIELDS][ID]": "-5"}, 400),
    ({"data[FIELDS][ID]": "7405 or 1=1"}, 400),
    ({"data[FIELDS][ID]": "9" * 30}, 400),
    ({"data[FIELDS][ID]": "１２"}, 400),
    ({"auth[member_id]": "a\x00b"}, 403),
]


@pytest.mark.parametrize(("change", "status"), REFUSED)
def test_what_is_not_an_event_of_this_portal_is_refused(
    home: House, change: dict[str, str | None], status: int
) -> None:
    home.install("portal-two")
    path = address(home, home.install(MEMBER))
    form = {name: value for name, value in (FORM | change).items() if value is not None}
    answer = home.client.post(path, data=form)
    assert (answer.status_code, kept(home)) == (status, [])
    assert answer.get_data(as_text=True).strip()


def test_an_address_that_nobody_has_and_another_method_are_refused(home: House) -> None:
    path = address(home, home.install(MEMBER))
    assert home.client.post("/webhook/" + "x" * 43, data=FORM).status_code == 404
    assert (
        home.client.post(path, json={"event": "ONCRMLEADADD"}).status_code == 403
    )  # no form: it proves nothing
    assert home.client.get(path).status_code == 405
    assert kept(home) == []


def test_a_portal_that_is_gone_has_no_address(home: House) -> None:
    installation = home.install(MEMBER)
    path = address(home, installation)
    with home.services.sessions.begin() as session:
        session.get_one(Installation, installation).state = InstallationState.REMOVED
    assert home.client.post(path, data=FORM).status_code == 404


def test_an_invoice_of_older_instructions_is_taken(home: House) -> None:
    path = address(home, home.install(MEMBER))
    assert home.client.post(path, data=FORM | {"event": "OnCrmInvoiceAdd"}).status_code == 200
    assert [row.kind for row in kept(home)] == ["ONCRMINVOICEADD"]
