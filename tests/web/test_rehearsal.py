"""Rehearsal and preview over the API: in words, with the differences; drafts are held to the model."""

from typing import Any

import pytest

from app.storage.models import Conversation, SettingsVersion
from tests.domain.documents import chats
from tests.web.house import House


def talk(home: House, installation: int, number: int, kind: str = "chat", **facts: Any) -> None:
    """A conversation that waits: closed, by a visitor with these facts."""
    now = home.clock.now()
    with home.services.sessions.begin() as session:
        session.add(
            Conversation(
                installation_id=installation, kind=kind, source_id=number, account="4735", visitor_id=number,
                facts={"visitor": facts}, ledger={}, state="waiting", attempts=0, changed=1, decided=-1,
                started_at=now, closed_at=now, created_at=now, updated_at=now,
            )
        )  # fmt: skip


def test_a_draft_is_rehearsed_before_its_section_is_on(both: House) -> None:
    installation = both.install()
    talk(both, installation, 1, name="Покупатель", phone_number="79161234567")
    talk(both, installation, 2, name="Молчун")
    token = both.token(installation)
    draft = chats() | {"enabled": False}
    answer = both.call("POST", "/settings/chats/rehearse", token, {"settings": draft, "limit": 10})
    assert answer.status_code == 200, answer.json
    told = answer.json
    assert told is not None
    assert (told["total"], told["changed"]) == (2, 1)
    assert (told["draft"], told["published"]) == ({"filtered": 1, "creates": 1}, {"filtered": 2})
    silent, buyer = told["items"]
    assert (silent["conversation"], silent["draft"]["text"]) == ("chat-2", "Не передаётся")
    assert [line["text"] for line in silent["explanation"]] == ["Клиент не оставил ни телефона, ни почты"]
    assert buyer["draft"]["text"] == "Создаётся: лид, дело"
    assert buyer["draft"]["creates"][0]["title"] == "Чат: Покупатель"
    assert buyer["client"] == "Покупатель, +7 916 123-45-67"
    outcome = {"what": "outcome", "title": "Итог", "published": "не передаётся", "draft": "создаётся"}
    assert buyer["differences"][0] == outcome
    assert not buyer["asked"]
    with both.services.sessions() as session:
        assert session.query(SettingsVersion).count() == 0


def test_requests_are_rehearsed_by_their_own_settings(home: House) -> None:
    installation = home.install()
    talk(home, installation, 1, name="Чат", phone_number="79161234567")
    talk(home, installation, 2, kind="offline", name="Заявитель", phone_number="79161234568")
    token = home.token(installation, lang="en")
    draft = chats() | {"create": chats()["create"] | {"moment": "received"}}
    del draft["channels"]
    told = home.call("POST", "/settings/offline/rehearse", token, {"settings": draft}).json
    assert told is not None
    assert [item["conversation"] for item in told["items"]] == ["offline-2"]
    assert told["items"][0]["draft"]["text"].startswith("Creates: lead")


def test_a_draft_that_is_none_is_refused_with_its_fields(home: House) -> None:
    token = home.token(home.install())
    body = {"settings": chats(create__moment="received"), "limit": 5}
    answer = home.call("POST", "/settings/chats/rehearse", token, body)
    assert answer.status_code == 422
    assert answer.json is not None
    assert [error["field"] for error in answer.json["errors"]] == ["create.moment"]
    for limit in (0, 1_001, "5"):
        answer = home.call("POST", "/settings/chats/rehearse", token, {"settings": chats(), "limit": limit})
        assert answer.status_code == 422


@pytest.mark.parametrize("call", ["rehearse", "preview"])
def test_employees_and_strangers_see_no_clients(home: House, call: str) -> None:
    installation = home.install()
    body = {"settings": chats()} if call == "rehearse" else {"template": "x"}
    assert home.call("POST", f"/settings/chats/{call}", None, body).status_code == 401
    employee = home.token(installation, admin=False)
    assert home.call("POST", f"/settings/chats/{call}", employee, body).status_code == 403


def test_one_portal_rehearses_only_its_own(home: House) -> None:
    first, second = home.install(), home.install("portal-two")
    talk(home, first, 1, phone_number="79161234567")
    token = home.token(second)
    answer = home.call("POST", "/settings/chats/rehearse", token, {"settings": chats()})
    assert answer.json is not None
    assert answer.json["items"] == []
    answer = home.call("POST", "/settings/chats/preview", token, {"template": "{{ visitor.phone_number }}"})
    assert answer.json is not None
    assert [(item["sample"], item["conversation"]) for item in answer.json["items"]] == [(True, None)]
    assert "79161234567" not in str(answer.json).translate(str.maketrans("", "", "+ -"))


def test_a_preview_before_the_first_communication_shows_an_example(home: House) -> None:
    token = home.token(home.install(), lang="en")
    for section, template in (("chats", "{{ chat.channel_name }}"), ("offline", "{{ request.form_name }}")):
        told = home.call("POST", f"/settings/{section}/preview", token, {"template": template}).json
        assert told is not None
        [item] = told["items"]
        assert item["sample"]
        assert item["title"] in ("Site chat", "Call back")


def test_a_template_is_shown_on_the_latest_communications(both: House) -> None:
    installation = both.install()
    talk(both, installation, 1, name="{{ 1 | plus: 1 }}")
    talk(both, installation, 2)
    token = both.token(installation)
    body = {
        "template": "Чат с {{ visitor.name }}{% if visitor.name == nil %}{{ 1 | divided_by: 0 }}{% endif %}"
    }
    answer = both.call("POST", "/settings/chats/preview", token, body)
    assert answer.json is not None, answer.json
    bad, good = answer.json["items"]
    assert (good["title"], good["problem"]) == ("Чат с {{ 1 | plus: 1 }}", None)
    assert bad["title"] is None
    assert bad["problem"].startswith("Шаблон не заполнился")
    empty = both.call(
        "POST", "/settings/chats/preview", token, {"template": "{{ visitor.city }}", "limit": 1}
    )
    assert empty.json is not None
    assert [item["problem"] for item in empty.json["items"]] == ["Название вышло пустым: будет взято обычное"]


def test_a_template_that_does_not_parse_is_refused_with_the_place(home: House) -> None:
    token = home.token(home.install())
    answer = home.call(
        "POST", "/settings/chats/preview", token, {"template": "a\n{{ visitor.name | nonsense }}"}
    )
    assert answer.status_code == 422
    assert answer.json is not None
    [error] = answer.json["errors"]
    assert error["field"] == "template"
    assert "2" in error["message"]
