"""What the settings of chats change: when, what, where, for whom, under which name."""

from typing import Any

import pytest

from app.storage.models import Employee
from app.storage.queries import directory
from tests.scenarios.conftest import NewStage
from tests.support.stage import OPERATOR, SETUP_CHANNEL, Stage

LEAD, DEAL, CONTACT = 1, 2, 3
DEALS = {"entity": "deal"}
REASONS = (
    "closed_by_timeout", "closed_by_operator", "closed_by_visitor", "visitor_banned", "external_window_closed",
    "visitor_disconnected", "visitor_session_expired", "closed_by_scenario",
)  # fmt: skip


def counts(here: Stage) -> tuple[int, int, int, int]:
    """Leads, deals, contacts, activities."""
    return len(here.items(LEAD)), len(here.items(DEAL)), len(here.items(CONTACT)), len(here.activities())


@pytest.mark.parametrize(
    ("what", "entity", "expected"),
    [
        ("crm", "lead", (1, 0, 0, 0)),
        ("crm", "deal", (0, 1, 1, 0)),
        ("activity", "lead", (0, 0, 1, 1)),
        ("crm_and_activity", "lead", (1, 0, 0, 1)),
        ("crm_and_activity", "deal", (0, 1, 1, 1)),
    ],
)
def test_what_is_created(quick: Stage, what: str, entity: str, expected: tuple[int, ...]) -> None:
    quick.save("chats", create={"what": what, "entity": entity})
    quick.chat_started(1)
    quick.settle()
    assert counts(quick) == expected
    assert len(quick.portal.notifications) == 1


def test_with_creation_off_the_transcript_still_goes_to_what_is_found(here: Stage) -> None:
    here.save("chats", create=DEALS)
    here.chat_started(1)
    here.settle()
    here.save("chats", create={"on_repeat": False})
    here.chat_started(2)
    here.message(2, 21, "Когда доставка?")
    here.closed(2)
    here.settle()
    assert counts(here) == (0, 1, 1, 1)
    assert "Когда доставка?" in here.comments(DEAL, 1)[0]
    assert "Когда доставка?" in here.comments(CONTACT, 1)[0]


def test_with_creation_off_for_first_ones_nothing_is_made_and_the_journal_says_so(quick: Stage) -> None:
    quick.save("chats", create={"on_first": False})
    quick.chat_started(1)
    quick.settle()
    quick.message(1, 11, "Алло")
    quick.closed(1)
    quick.settle()
    assert counts(quick) == (0, 0, 0, 0)
    row = quick.conversation(1)
    assert (row.state, row.reason) == ("filtered", "creation_off")


def test_at_the_end_nothing_is_made_before_the_close(here: Stage) -> None:
    here.save("chats", create={"moment": "end"})
    here.chat_started(1)
    here.message(1, 11, "Здравствуйте")
    here.settle()
    assert counts(here) == (0, 0, 0, 0)
    here.closed(1)
    here.settle()
    assert counts(here) == (1, 0, 0, 1)
    assert here.activities()[0].fields["COMPLETED"] == "Y"
    assert "Здравствуйте" in here.comments(LEAD, 1)[0]


@pytest.mark.parametrize("reason", REASONS)
def test_any_close_counts(quick: Stage, reason: str) -> None:
    quick.save("chats", create={"moment": "end"})
    quick.chat_started(1)
    quick.closed(1, reason)
    quick.settle()
    assert counts(quick) == (1, 0, 0, 1)


@pytest.mark.parametrize("moment", ["start", "end"])
def test_a_rejected_invitation_creates_nothing(quick: Stage, moment: str) -> None:
    quick.save("chats", create={"moment": moment})
    quick.chat_started(1, initiator="autoinvite")
    quick.message(1, 11, "Помочь?", source="autoinvite")
    quick.settle()
    quick.closed(1, "invite_rejected")
    quick.settle()
    assert counts(quick) == (0, 0, 0, 0)
    assert (quick.conversation(1).state, quick.conversation(1).reason) == ("filtered", "invite_rejected")


def test_an_automatic_invitation_counts_once_the_visitor_answers(quick: Stage) -> None:
    quick.chat_started(1, initiator="autoinvite")
    quick.message(1, 11, "Помочь?", source="autoinvite")
    quick.settle()
    assert counts(quick) == (0, 0, 0, 0)
    quick.message(1, 12, "Да")
    quick.settle()
    assert counts(quick) == (1, 0, 0, 1)


def test_a_simple_crm_gets_a_deal_whatever_the_settings_say(new_stage: NewStage) -> None:
    here = new_stage(simple_crm=True)
    here.chat_started(1)
    here.settle()
    assert counts(here) == (0, 1, 1, 1)


@pytest.mark.parametrize("entity", ["lead", "deal"])
def test_without_contacts_the_later_card_decides_again(here: Stage, entity: str) -> None:
    here.save("chats", create={"entity": entity})
    here.chat_started(1, phone=None)
    here.message(1, 11, "Мой номер в карточке")
    here.settle()
    assert counts(here) == (0, 0, 0, 0)
    assert (here.conversation(1).state, here.conversation(1).reason) == ("filtered", "no_contacts")
    here.card(9_000_000_001, name="Покупатель", phones=["79160000001"])
    here.settle()
    assert counts(here) == ((1, 0, 0, 1) if entity == "lead" else (0, 1, 1, 1))
    [item] = here.items(LEAD if entity == "lead" else DEAL)
    assert item["title"] == "Чат: Покупатель"


def test_a_card_before_its_chat_is_kept_for_it(here: Stage) -> None:
    here.card(9_000_000_001, name="Покупатель", emails=["Buyer@Example.com"])
    here.drain()
    here.chat_started(1, phone=None)
    here.settle()
    [lead] = here.items(LEAD)
    assert (lead["title"], lead["name"]) == ("Чат: Покупатель", "Покупатель")
    assert [row["value"] for row in here.portal.crm.items[LEAD][1].fm.values()] == ["buyer@example.com"]


def test_chats_without_contacts_are_transferred_when_wished(quick: Stage) -> None:
    quick.save("chats", without_contacts=True, create=DEALS)
    quick.chat_started(1, phone=None)
    quick.settle()
    assert counts(quick) == (0, 1, 0, 1)
    assert quick.items(DEAL)[0]["contactId"] in (None, 0)


def test_an_activity_alone_waits_for_somebody_to_belong_to(quick: Stage) -> None:
    quick.save("chats", without_contacts=True, create={"what": "activity"})
    quick.chat_started(1, phone=None)
    quick.settle()
    row = quick.conversation(1)
    assert (counts(quick), row.state, row.reason) == ((0, 0, 0, 0), "filtered", "no_owner_for_activity")
    quick.card(9_000_000_001, phones=["79160000001"])
    quick.settle()
    assert counts(quick) == (0, 0, 1, 1)


def test_the_number_that_comes_right_after_the_first_message_is_waited_for(quick: Stage) -> None:
    titles = dict.fromkeys(("lead", "deal", "contact", "activity"), "Обращение")
    quick.save("chats", without_contacts=True, titles=titles)
    quick.message(1, 11, "Здравствуйте")
    quick.drain()
    quick.chat_started(1)
    quick.settle()
    assert [row["value"] for row in quick.portal.crm.items[LEAD][1].fm.values()] == ["+79161234567"]


@pytest.mark.parametrize(("ids", "made"), [([SETUP_CHANNEL], 1), ([SETUP_CHANNEL + 1], 0)])
def test_only_chosen_channels_are_followed(quick: Stage, ids: list[int], made: int) -> None:
    quick.save("chats", channels={"mode": "selected", "ids": ids})
    quick.chat_started(1)
    quick.settle()
    assert len(quick.items(LEAD)) == made
    assert (quick.conversation(1).reason == "channel_not_followed") is (made == 0)


def join(here: Stage, user_id: int, *, active: bool = True) -> None:
    """Join the operator of the chats to a user of the portal, as the directories have them."""
    here.portal.users[user_id].active = active
    with here.services.sessions.begin() as session:
        session.add(
            Employee(
                installation_id=here.installation_id, uis_id=OPERATOR, full_name="Оператор", user_id=user_id
            )
        )
        users = [{"id": u.id, "title": u.name, "active": u.active} for u in here.portal.users.values()]
        directory.put(session, here.installation_id, "users", users, here.services.clock.now())


OPERATOR_RULE = {"filter": None, "assign": {"kind": "operator"}}


@pytest.mark.parametrize(
    ("active", "substitute", "expected"), [(True, None, 7), (False, 9, 9), (False, None, 1)]
)
def test_the_operator_of_the_chat_or_who_stands_in(
    quick: Stage, active: bool, substitute: int | None, expected: int
) -> None:
    join(quick, 7, active=active)
    quick.save("chats", responsible={"rules": [OPERATOR_RULE], "substitute_user_id": substitute})
    quick.chat_started(1)
    quick.settle()
    assert quick.items(LEAD)[0]["assignedById"] == expected
    assert quick.portal.notifications[0].user_id == expected


def test_an_operator_without_a_pair_leaves_it_to_the_default(quick: Stage) -> None:
    quick.save("chats", responsible={"rules": [OPERATOR_RULE]})
    quick.chat_started(1)
    quick.settle()
    assert quick.items(LEAD)[0]["assignedById"] == 1


@pytest.mark.parametrize(
    ("template", "title"),
    [
        ("{{ visitor.phone_number }} из чата", "79161234567 из чата"),
        ("{{ chat.channel_name | upcase }}", "ЧАТ НА САЙТЕ"),
        ("{{ visitor.name | divided_by: 0 }}", "Чат: Гость"),
        ("  ", "Чат: Гость"),
    ],
)
def test_titles_are_templates_and_fall_back(quick: Stage, template: str, title: str) -> None:
    quick.save("chats", titles={"lead": template})
    quick.chat_started(1)
    quick.settle()
    assert quick.items(LEAD)[0]["title"] == title


@pytest.mark.parametrize(("value", "stage"), [("79161234567", "IN_PROCESS"), ("79160000000", "NEW")])
def test_a_rule_chooses_the_stage(quick: Stage, value: str, stage: str) -> None:
    condition: dict[str, Any] = {"field": "visitor.phone_number", "cmp": "eq", "value": value}
    rule = {
        "filter": {"op": "and", "items": [condition]}, "category_id": None, "stage_id": "IN_PROCESS",
    }  # fmt: skip
    quick.save("chats", pipeline={"default": {"category_id": None, "stage_id": "NEW"}, "rules": [rule]})
    quick.chat_started(1)
    quick.settle()
    assert quick.items(LEAD)[0]["stageId"] == stage


def test_a_filter_that_does_not_hold_transfers_nothing(quick: Stage) -> None:
    condition = {"field": "visitor.phone_number", "cmp": "eq", "value": "1"}
    quick.save("chats", filter={"op": "and", "items": [condition]})
    quick.chat_started(1)
    quick.settle()
    assert (counts(quick), quick.conversation(1).reason) == ((0, 0, 0, 0), "filtered_out")


def test_a_transcript_into_the_activity_shows_the_whole_conversation_in_it(here: Stage) -> None:
    here.save("chats", transcript={"to": ["activity"]})
    here.chat_started(1)
    for number in range(1, 6):
        here.message(1, number, f"said {number}")
    here.closed(1)
    here.work_off()
    [activity] = here.portal.crm.timeline.activities.values()
    text = activity.layout["body"]["blocks"]["transcript"]["properties"]["value"]
    assert [line.rsplit(" ", 1)[1] for line in text.splitlines()] == ["1", "2", "3", "4", "5"]
    assert here.portal.crm.timeline.comments == {}
