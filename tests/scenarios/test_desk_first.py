"""Writing first: to the client of a card, through a channel that fits, once, and the chat belongs to that card."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.storage.models import UisChannel
from tests.support.databases import KINDS, Databases
from tests.support.desk import HELLO, IVAN, SITE_CHAT, WHATSAPP, Desk, desk

CONTACT, DEAL = 3, 2
DAY_S = 24 * 3600.0


@pytest.fixture(params=KINDS, scope="module")
def here(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One workplace for all tests of the module, once on each kind of database; every test has a client of its own."""
    folder = tmp_path_factory.mktemp("first")
    with databases.database(request.param, folder, migrated=True) as url, desk(url, folder) as made:
        yield made


@pytest.fixture(autouse=True)
def fair(here: Desk) -> Iterator[None]:
    yield
    here.here.world.faults.clear()


def deal_of(here: Desk, *phones: str) -> tuple[str, int]:
    """A deal whose contact has these phones, as the card of a session."""
    crm = here.here.portal.crm
    rows = [{"typeId": "PHONE", "valueType": "WORK", "value": f"+{phone}"} for phone in phones]
    person = {"name": "Пётр", "fm": rows}
    contact = crm.add(CONTACT, person, 1)
    return "deal", crm.add(DEAL, {"title": "Заказ", "contactId": contact.id, "assignedById": IVAN}, 1).id


def first(phone: str, key: str, **more: Any) -> dict[str, Any]:
    told = {"key": key, "channel_id": WHATSAPP, "to": {"kind": "phone", "value": f"+{phone}"}}
    return told | {"text": "Ваш заказ готов"} | more


def chats_with(here: Desk, phone: str) -> list[Any]:
    uis = here.here.uis
    return [chat for chat in uis.chats.values() if phone in uis.visitors[chat.visitor_id].phones]


def test_a_first_message_begins_one_chat_that_belongs_to_the_card(here: Desk) -> None:
    phone = "79160000901"
    card = deal_of(here, phone)
    told = here.get("/contacts", user=IVAN, card=card)
    assert told["card"]["id"] == card[1] and "Заказ" in told["belongs"]
    [way] = told["contacts"]
    assert (way["kind"], WHATSAPP in way["fits"], SITE_CHAT in way["fits"]) == ("phone", True, False)
    letters = [here.post("/start", first(phone, "first-0001"), user=IVAN, card=card) for _ in range(2)]
    assert letters[0]["id"] == letters[1]["id"]
    here.settle()
    [chat] = chats_with(here, phone)
    assert here.heard(chat) == ["Ваш заказ готов"]
    known = here.conversation(chat.id)
    assert known.ledger["entities"]["deal"] == card[1]
    assert here.box("card", user=IVAN, card=card) == [known.id]


def test_what_a_card_says_is_told_to_those_who_stand_in_it(here: Desk) -> None:
    phone, secret = "79160000971", "79160000972"
    card = deal_of(here, phone, secret)
    here.post("/start", first(phone, "first-0971"), user=IVAN, card=card)
    here.settle()
    [chat] = chats_with(here, phone)
    path = f"/contacts?chat={here.conversation(chat.id).id}"
    outside, inside = (here.get(path, user=IVAN, card=where) for where in (None, card))
    assert {way["value"] for way in outside["contacts"]} == {f"+{phone}"}
    assert {way["value"] for way in inside["contacts"]} == {f"+{phone}", f"+{secret}"}
    assert "Заказ" not in outside["belongs"]


def test_only_contacts_of_the_client_are_written_to_and_only_where_operators_may_begin(here: Desk) -> None:
    phone = "79160000902"
    card = deal_of(here, phone)
    foreign = here.post("/start", first("79169999999", "first-0002"), user=IVAN, card=card, status=422)
    assert foreign["errors"][0]["field"] == "to"
    site = first(phone, "first-0003", channel_id=SITE_CHAT)
    refused = here.post("/start", site, user=IVAN, card=card, status=422)
    assert refused["errors"][0]["field"] == "channel_id"
    empty = here.post("/start", first(phone, "first-0004", text=" "), user=IVAN, card=card, status=422)
    assert empty["errors"][0]["field"] == "text"
    assert here.post("/start", first(phone, "first-0005"), user=IVAN, status=409)["code"] == "no_card_here"
    assert chats_with(here, phone) == []


def test_a_template_reaches_the_client_as_its_preview_showed_it(here: Desk) -> None:
    phone = "79160000903"
    card = deal_of(here, phone)
    template = {"id": here.template, "values": {"1": "{{ name }}", "2": "№ 17"}}
    wish = {"channel_id": here.waba, "template": template, "chat": None}
    shown = here.post("/preview", wish, user=IVAN, card=card)["text"]
    assert shown == HELLO.replace("{{1}}", "Пётр").replace("{{2}}", "№ 17")
    free = first(phone, "first-0006", channel_id=here.waba)
    assert here.post("/start", free, user=IVAN, card=card, status=422)["errors"][0]["field"] == "template"
    order = first(phone, "first-0007", channel_id=here.waba, text="", template=template)
    here.post("/start", order, user=IVAN, card=card)
    here.settle()
    [chat] = chats_with(here, phone)
    assert here.heard(chat) == [shown]


def test_outside_of_the_window_only_templates_are_taken(here: Desk) -> None:
    chat, number = here.begun("Готов?", channel=here.waba, phone="79160000904")
    told = here.chat(number)
    assert (told["window"]["open"], told["may"]["write"]) == (True, True)
    here.here.world.clock.advance(DAY_S + 60)
    told = here.chat(number)
    assert (told["window"]["open"], told["may"]["write"], told["may"]["templates"]) == (False, False, True)
    assert here.say(number, "Готов", status=409)["why"] == "window_closed"
    template = {"id": here.template, "values": {"1": "Пётр", "2": "18"}}
    here.say(number, template=template)
    here.here.rest()
    assert here.heard(chat) == ["Здравствуйте, Пётр! Ваш заказ 18 готов."]
    here.here.uis.visitor_writes(chat.id, "Спасибо")
    here.here.rest()
    assert here.chat(number)["may"]["write"]


def test_templates_go_away_to_the_last(here: Desk) -> None:
    def known() -> list[str]:
        with here.here.services.sessions() as session:
            row = session.query(UisChannel).filter_by(chat_channel_id=channel.id).one()
            return [template["name"] for template in row.templates]

    told = {"name": "Заказ готов", "content": {"text": HELLO}}
    channel = here.here.uis.channels[here.waba]
    here.here.uis.set_templates(channel.id, [told, told | {"name": "Второй"}])
    here.here.rest()
    assert known() == ["Заказ готов", "Второй"]
    here.here.uis.set_templates(channel.id, [])
    here.here.rest()
    assert known() == []
    here.template = here.here.uis.set_templates(channel.id, [told]).message_templates[0]["id"]
    here.here.rest()
    assert known() == ["Заказ готов"]


def test_an_answer_of_an_operator_leaves_the_window_open(here: Desk) -> None:
    chat, number = here.begun("Готов?", channel=here.waba, phone="79160000905")
    window = here.chat(number)["window"]
    for text in ("Готов", "Приезжайте до восьми"):
        here.say(number, text)
        here.here.rest()
        assert here.chat(number)["window"] == window
    assert (here.heard(chat), here.chat(number)["letters"]) == (["Готов", "Приезжайте до восьми"], [])


@pytest.mark.parametrize(("kind", "begun"), [("reset_before", 0), ("reset_after", 1)])
def test_a_beginning_whose_answer_was_lost_makes_no_second_chat(here: Desk, kind: str, begun: int) -> None:
    phone = f"7916000091{begun}"
    card = deal_of(here, phone)
    before = len(here.here.uis.chats)
    here.here.world.faults.add("uis_chat", "*/chat", kind, times=1)
    letter = here.post("/start", first(phone, f"first-lost-{begun}"), user=IVAN, card=card)
    here.settle()
    here.here.rest(600)
    assert len(here.here.uis.chats) == before + begun
    waiting = [row for row in here.get("", user=IVAN, card=card)["starts"] if row["id"] == letter["id"]]
    if begun:
        # The callback of the new chat may clear the doubt; what the client heard is never said twice.
        [chat] = chats_with(here, phone)
        assert len(here.heard(chat)) <= 1
    else:
        assert [row["state"] for row in waiting] == ["in_doubt"]
        here.post(f"/letters/{letter['id']}/again", user=IVAN, card=card)
        here.settle()
        [chat] = chats_with(here, phone)
        assert here.heard(chat) == ["Ваш заказ готов"]
