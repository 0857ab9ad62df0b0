"""Rehearsals over real conversations: the rules of the road, what was known then, nothing written, nothing asked."""

from typing import Any

from app.domain.settings import Communication, parse
from app.pipeline.rehearsal import Rehearsal, rehearse_latest
from app.pipeline.view import load, section, with_fields
from app.storage.models import Conversation, PlanRow
from app.storage.services import Services
from tests.support.stage import Stage


def rehearsed(here: Stage, limit: int = 50, **changes: Any) -> list[Rehearsal]:
    """The draft is the document in force with these changes."""
    services: Services = here.services
    with services.sessions() as session:
        document = section(session, here.installation_id, "chats")
        for name, value in changes.items():
            held = document.get(name)
            document = document | {
                name: held | value if isinstance(held, dict) and isinstance(value, dict) else value
            }
        draft = parse("chats", document)
        assert isinstance(draft, Communication)
        portal = load(session, here.installation_id, 3.0, here.services.clock.now())
        assert portal is not None
        portal = with_fields(session, portal, (portal.chats, draft))
        return rehearse_latest(session, portal, "chat", draft, limit, services.clock.now())


def told(one: Rehearsal) -> dict[str, tuple[Any, Any]]:
    return {difference.what: (difference.published, difference.draft) for difference in one.differences}


def talk(here: Stage, chat_id: int, phone: str | None = "79161234567") -> None:
    here.chat_started(chat_id, phone)
    here.message(chat_id, chat_id * 10, "Здравствуйте")
    here.closed(chat_id)
    here.work_off()


def test_unchanged_settings_would_do_again_what_was_done(here: Stage) -> None:
    talk(here, 1)
    talk(here, 2)
    newest, oldest = rehearsed(here)
    assert [newest.row.source_id, oldest.row.source_id] == [2, 1]
    assert (oldest.draft.communication, newest.draft.communication) == ("first", "repeat")
    assert [made["entity"] for made in oldest.draft.creates] == ["lead", "activity"]
    [lead] = here.items(1)
    assert newest.draft.into == {"lead": lead["id"]}
    assert oldest.draft.transcript == ["lead"]
    assert oldest.asked
    assert (told(oldest), told(newest)) == ({}, {})


def test_a_draft_shows_what_it_would_do_otherwise_and_changes_nothing(here: Stage) -> None:
    talk(here, 1)
    before, seen = len(here.portal.requests), _rows(here)
    draft: dict[str, Any] = {
        "create": {"entity": "deal"},
        "pipeline": {"default": {"category_id": 2, "stage_id": "C2:NEW"}},
        "responsible": {"default_user_id": 7},
        "titles": {"deal": "Сделка {{ visitor.phone_number }}"},
        "notify": False,
    }
    [one] = rehearsed(here, **draft)
    assert told(one) == {
        "created": (["lead", "activity"], ["contact", "deal", "activity"]),
        "title": (["Чат: Гость"], ["Гость", "Сделка 79161234567"]),
        "stage": ([("lead", "NEW")], [("deal", "C2:NEW")]),
        "responsible": (1, 7),
        "transcript": (["lead"], ["deal", "contact"]),
        "notified": (True, False),
    }
    assert len(here.portal.requests) == before
    assert _rows(here) == seen


def test_what_was_refused_is_rehearsed_too(here: Stage) -> None:
    talk(here, 1, phone=None)
    assert here.conversation(1).reason == "no_contacts"
    [one] = rehearsed(here, without_contacts=True)
    assert (one.published.outcome, one.draft.outcome) == ("filtered", "creates")
    assert [reason.code for reason in one.published.explanation] == ["no_contacts"]
    assert not one.asked
    narrow = {"op": "and", "items": [{"field": "visitor.city", "cmp": "eq", "value": "Казань"}]}
    [one] = rehearsed(here, without_contacts=True, filter=narrow)
    assert one.draft.outcome == "filtered"


def test_a_chat_that_goes_on_waits_for_its_end(here: Stage) -> None:
    here.chat_started(1)
    here.work_off()
    [one] = rehearsed(here, create={"moment": "end"})
    assert (one.published.outcome, one.draft.outcome) == ("creates", "waits")


def test_a_queue_turns_through_the_rehearsal_and_stays_where_it_is(here: Stage) -> None:
    for chat in (1, 2, 3):
        talk(here, chat, f"7916123456{chat}")
    queue = {"rules": [{"filter": None, "assign": {"kind": "queue", "user_ids": [7, 9]}}]}
    found = rehearsed(here, responsible=queue)
    assert [one.draft.responsible_id for one in reversed(found)] == [7, 9, 7]
    again = rehearsed(here, responsible=queue)
    assert [one.draft.responsible_id for one in reversed(again)] == [7, 9, 7]


def test_a_decision_that_kept_no_answers_is_rehearsed_by_what_it_said(here: Stage) -> None:
    talk(here, 1)
    talk(here, 2)
    with here.services.sessions.begin() as session:
        for plan in session.query(PlanRow).filter(PlanRow.effects["$known"].is_not(None)):
            plan.effects = {name: value for name, value in plan.effects.items() if name != "$known"}
    newest, oldest = rehearsed(here)
    assert (oldest.draft.communication, newest.draft.communication) == ("first", "repeat")
    assert newest.draft.into == oldest.draft.into | {"lead": here.items(1)[0]["id"]}


def test_what_is_kept_of_the_client_names_nobody(here: Stage) -> None:
    talk(here, 1)
    here.portal.crm.items[1][here.items(1)[0]["id"]].fields["title"] = "Секретное имя"
    talk(here, 2)
    with here.services.sessions() as session:
        own = (
            session.query(PlanRow)
            .join(Conversation)
            .filter(Conversation.installation_id == here.installation_id)
        )
        kept = [plan.effects["$known"] for plan in own.order_by(PlanRow.id) if "$known" in plan.effects]
    assert kept[0] == {}
    assert kept[1]["earlier"] is True
    assert kept[1]["lead"][0]["id"] == here.items(1)[0]["id"]
    assert "Секретное" not in str(kept)


def _rows(here: Stage) -> list[Any]:
    with here.services.sessions() as session:
        rows = [(row.state, row.changed, row.ledger, row.due_at) for row in session.query(Conversation)]
        return [*rows, session.query(PlanRow).count()]
