"""A chat becomes a lead or a deal with contact, activity, transcript and notification, once."""

from tests.support.stage import Stage

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
DEALS = {"entity": "deal"}


def test_a_chat_becomes_a_lead_with_activity_transcript_and_notification(here: Stage) -> None:
    here.chat_started(1)
    here.message(1, 11, "Здравствуйте")
    here.settle()
    [lead] = here.items(LEAD)
    assert (lead["title"], lead["assignedById"], lead["stageId"]) == ("Чат: Гость", 1, "NEW")
    assert [row["value"] for row in here.portal.crm.items[LEAD][1].fm.values()] == ["+79161234567"]
    [activity] = here.activities()
    assert activity.owners == [(LEAD, lead["id"])]
    assert activity.fields["COMPLETED"] == "N"
    [notice] = here.portal.notifications
    assert (notice.user_id, "/crm/lead/details/1/" in notice.message) == (1, True)
    here.message(1, 12, "Добрый день!", source="operator")
    here.closed(1)
    here.settle()
    [text] = here.comments(LEAD, lead["id"])
    assert text.index("Здравствуйте") < text.index("Добрый день!")
    assert [held.fields["COMPLETED"] for held in here.activities()] == ["Y"]
    assert here.conversation(1).state == "done"
    assert here.portal.violations == []


def test_the_first_chat_of_an_idle_portal_costs_two_requests_and_a_notification(here: Stage) -> None:
    here.save("chats", create=DEALS)
    here.chat_started(1)
    here.settle()
    lookup, write, notice = here.portal.requests
    assert [lookup.method, write.method, notice.method] == ["batch", "batch", "batch"]
    assert write.commands == ("crm.item.add", "crm.item.add", "crm.activity.configurable.add")
    assert notice.commands == ("im.notify.system.add",)
    [deal], [contact] = here.items(DEAL), here.items(CONTACT)
    assert (deal["contactId"], deal["stageId"]) == (contact["id"], "NEW")
    assert here.activities()[0].owners == [(DEAL, deal["id"])]


def test_without_a_notification_two_requests_are_all(here: Stage) -> None:
    here.save("chats", create=DEALS, notify=False)
    here.chat_started(1)
    here.settle()
    assert here.rest() == ["batch", "batch"]
    assert here.portal.notifications == []


def test_a_repeat_chat_goes_into_the_open_deal(here: Stage) -> None:
    here.save("chats", create=DEALS)
    here.chat_started(1)
    here.settle()
    here.chat_started(2, visitor_id=9_000_000_001)
    here.message(2, 21, "Это снова я")
    here.closed(2)
    here.settle()
    assert (len(here.items(DEAL)), len(here.items(CONTACT))) == (1, 1)
    assert [held.owners for held in here.activities()] == [[(DEAL, 1)], [(DEAL, 1)]]
    assert "Это снова я" in here.comments(DEAL, 1)[0]
    assert here.conversation(2).ledger["communication"] == "repeat"


def test_a_repeat_chat_goes_into_the_open_lead(here: Stage) -> None:
    here.chat_started(1)
    here.settle()
    here.chat_started(2, phone="8 (916) 123-45-67")
    here.settle()
    assert len(here.items(LEAD)) == 1
    assert [held.owners for held in here.activities()] == [[(LEAD, 1)], [(LEAD, 1)]]


def test_always_new_makes_a_second_deal_of_the_same_contact(here: Stage) -> None:
    here.save("chats", create=DEALS | {"into_open": False})
    for chat_id in (1, 2):
        here.chat_started(chat_id)
        here.settle()
    assert [deal["contactId"] for deal in here.items(DEAL)] == [1, 1]
    assert len(here.items(CONTACT)) == 1


def test_a_closed_deal_takes_nothing_and_its_contact_gets_a_new_one(here: Stage) -> None:
    here.save("chats", create=DEALS)
    here.chat_started(1)
    here.settle()
    here.portal.crm.update(DEAL, 1, {"stageId": "WON"}, 1)
    here.chat_started(2)
    here.settle()
    assert [deal["contactId"] for deal in here.items(DEAL)] == [1, 1]


def test_two_chats_of_one_client_at_once_make_one_contact_and_one_deal(here: Stage) -> None:
    here.save("chats", create=DEALS)
    here.chat_started(2)
    here.chat_started(1)
    here.settle()
    here.pass_time(2)
    assert (len(here.items(DEAL)), len(here.items(CONTACT)), len(here.activities())) == (1, 1, 2)
    assert {here.conversation(1).state, here.conversation(2).state} == {"done"}


def test_three_chats_of_one_client_in_different_channels(here: Stage) -> None:
    here.save("chats", create=DEALS)
    for number, channel in enumerate((3580, 3581, 3582), start=1):
        here.chat_started(number, channel_id=channel, context={"chat_channel_id": 740800 + number})
    here.settle()
    for _ in range(3):
        here.pass_time(2)
    assert (len(here.items(DEAL)), len(here.items(CONTACT)), len(here.activities())) == (1, 1, 3)


def test_main_off_stores_and_main_on_works_it_off(here: Stage) -> None:
    here.save("main", enabled=False)
    here.chat_started(1)
    here.message(1, 11, "Есть кто?")
    here.settle()
    assert here.rest() == []
    here.save("main", enabled=True)
    here.settle()
    assert len(here.items(LEAD)) == 1


def test_a_section_that_is_off_transfers_nothing(here: Stage) -> None:
    here.save("chats", enabled=False)
    here.chat_started(1)
    here.settle()
    assert (here.rest(), here.conversation(1).reason) == ([], "section_off")
