"""Which conversations the workplace shows to whom: order, what is unread, what waits, and in a card its client's."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases import KINDS, Databases
from tests.support.desk import IVAN, OLGA, OLGA_OF_UIS, SITE_CHAT, TELEGRAM, WHATSAPP, Desk, desk

CLERK = 11
CONTACT, DEAL = 3, 2


@pytest.fixture(params=KINDS, scope="module")
def here(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One workplace for all tests of the module, once on each kind of database; every test has clients of its own."""
    folder = tmp_path_factory.mktemp("lists")
    with databases.database(request.param, folder, migrated=True) as url, desk(url, folder) as made:
        yield made


@pytest.fixture(autouse=True)
def open_to_all(here: Desk) -> Iterator[None]:
    yield
    here.here.save("workplace", visibility="all")


def row(here: Desk, number: int, user: int = IVAN) -> dict[str, object]:
    [found] = here.get(f"/chats?ids={number}", user=user)["items"]
    return dict(found)


def test_the_newest_word_stands_first_whoever_said_it(here: Desk) -> None:
    older, first = here.begun("Первый")
    here.here.world.clock.advance(60)
    _, second = here.begun("Второй")
    assert here.box()[:2] == [second, first]
    here.here.world.clock.advance(60)
    here.here.uis.visitor_writes(older.id, "И ещё вопрос")
    here.here.rest()
    assert here.box()[:2] == [first, second]


def test_what_one_has_read_is_still_unread_for_the_other(here: Desk) -> None:
    chat, number = here.begun("Есть ёлки?")
    assert (row(here, number)["unread"], row(here, number, OLGA)["unread"]) == (True, True)
    here.post(f"/chats/{number}/seen", {"message_id": chat.messages[-1].id}, user=IVAN)
    assert (row(here, number)["unread"], row(here, number, OLGA)["unread"]) == (False, True)
    here.here.uis.visitor_writes(chat.id, "Ау")
    here.here.rest()
    assert row(here, number)["unread"]
    here.post(f"/chats/{number}/seen", {"message_id": chat.messages[-1].id}, user=IVAN)
    here.post(f"/chats/{number}/seen", {"message_id": chat.messages[0].id}, user=IVAN)
    assert not row(here, number)["unread"], "what was read goes back"


def test_a_client_waits_until_somebody_answers_and_the_longest_wait_stands_first(here: Desk) -> None:
    _, first = here.begun("Кто-нибудь?")
    here.here.world.clock.advance(60)
    _, second = here.begun("Алло")
    waiting = here.box("unanswered")
    assert waiting.index(first) < waiting.index(second)
    before = here.get("", user=IVAN)["waiting"]
    here.say(first, "Слушаю вас")
    here.here.rest()
    assert first not in here.box("unanswered")
    assert here.get("", user=IVAN)["waiting"] == before - 1
    here.order(second, "close")
    here.here.rest()
    assert second not in here.box("unanswered")


def test_lists_hold_what_the_setting_lets_an_operator_see(here: Desk) -> None:
    _, of_ivan = here.begun("Ивану")
    here.say(of_ivan, "Слушаю", user=IVAN)
    _, of_olga = here.begun("Ольге")
    here.say(of_olga, "Слушаю", user=OLGA)
    _, nobodys = here.begun("Кому-нибудь")
    here.here.rest()
    here.here.save("workplace", visibility="own")
    for user, own, foreign in ((IVAN, of_ivan, of_olga), (OLGA, of_olga, of_ivan)):
        shown = here.box("all", user=user)
        assert own in shown and nobodys in shown and foreign not in shown
        assert here.box("mine", user=user)[0] == own
        assert here.get(f"/chats?ids={foreign}&ids={own}", user=user)["items"][0]["id"] == own
        here.chat(foreign, user=user, status=404)
    here.order(of_ivan, "transfer", user=IVAN, employee_id=OLGA_OF_UIS)
    here.here.rest()
    assert of_ivan in here.box("mine", user=OLGA)
    here.chat(of_ivan, user=IVAN, status=404)


def test_pages_follow_each_other_without_gaps_while_new_chats_come_in(here: Desk) -> None:
    begun = [here.begun(f"Страница {at}")[1] for at in range(7)]
    page = here.get("/chats?limit=3", user=IVAN)
    shown = [one["id"] for one in page["items"]]
    fresh = here.begun("Пока листали")[1]
    while page["next"] and not set(begun) <= set(shown):
        page = here.get(f"/chats?limit=3&next={page['next']}", user=IVAN)
        shown += [one["id"] for one in page["items"]]
    assert len(shown) == len(set(shown))
    assert set(begun) <= set(shown) and fresh not in shown
    assert here.get("/chats?next=nonsense", user=IVAN, status=422)["code"] == "not_valid"


def test_a_card_shows_its_clients_conversations_of_all_channels_and_no_others(here: Desk) -> None:
    phone, crm = "79160000801", here.here.portal.crm
    person: dict[str, Any] = {
        "name": "Пётр",
        "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": f"+{phone}"}],
    }
    contact = crm.add(CONTACT, person, 1)
    deal = crm.add(DEAL, {"title": "Заказ", "contactId": contact.id, "assignedById": IVAN}, 1)
    numbers = {here.begun("Здесь", channel=channel, phone=phone)[1] for channel in (WHATSAPP, SITE_CHAT)}
    _, foreign = here.begun("Не здесь", channel=WHATSAPP, phone="79160000802")
    for card in (("contact", contact.id), ("deal", deal.id)):
        shown = here.get("/chats?box=card", user=CLERK, card=card)["items"]
        assert {one["id"] for one in shown} == numbers, card
        assert here.chat(min(numbers), user=CLERK, card=card)["messages"][0]["text"] == "Здесь"
        here.chat(foreign, user=CLERK, card=card, status=404)
    # A number that is put into the card later finds its conversations as well.
    with here.here.portal.lock:
        more = [*person["fm"], {"typeId": "PHONE", "valueType": "HOME", "value": "8 (916) 000-08-02"}]
        crm.update(CONTACT, contact.id, {"fm": more}, 1)
    here.here.flask.extensions.pop("omni.cards", None)
    found = here.get("/chats?box=card", user=CLERK, card=("contact", contact.id))["items"]
    assert {one["id"] for one in found} == numbers | {foreign}
    assert TELEGRAM not in {one["channel"]["id"] for one in found}
