"""What becomes of what we made: conversion, merge, deletion, while the conversation goes on."""

from app.storage.models import PlanRow
from sandbox.bitrix.crm.conversion import convert
from tests.support.stage import Stage

LEAD, DEAL, CONTACT = 1, 2, 3


def begin(here: Stage, **settings: object) -> int:
    """A lead of a chat that is open."""
    here.save("chats", **settings)
    here.chat_started(1)
    here.message(1, 11, "Начало")
    here.work_off()
    return int(here.items(LEAD)[-1]["id"]) if here.items(LEAD) else 0


def end(here: Stage) -> None:
    here.message(1, 12, "Конец")
    here.closed(1)
    here.work_off()


def explained(here: Stage, chat: int = 1) -> list[str]:
    number = here.conversation(chat).id
    with here.services.sessions() as session:
        rows = session.query(PlanRow).filter_by(conversation_id=number).order_by(PlanRow.id)
        return [line["code"] for row in rows for line in row.explanation]


def rested(here: Stage) -> None:
    row = here.conversation(1)
    assert (row.state, row.problem, row.due_at) == ("done", None, None)
    assert here.portal.violations == []


def test_a_converted_lead_is_followed_to_its_deal_and_contact(here: Stage) -> None:
    lead = begin(here)
    made = convert(here.portal.crm, here.portal.crm.items[LEAD][lead], 1)
    end(here)
    rested(here)
    assert here.conversation(1).ledger["entities"] == {"deal": made["deal"], "contact": made["contact"]}
    assert "Конец" in here.comments(DEAL, made["deal"])[0]
    assert "Конец" in here.comments(CONTACT, made["contact"])[0]
    assert here.comments(LEAD, lead) == []
    assert "lead_converted" in explained(here)


def test_the_deal_takes_over_even_where_only_leads_are_written_to(quick: Stage) -> None:
    lead = begin(quick, transcript={"to": ["lead"]})
    made = convert(quick.portal.crm, quick.portal.crm.items[LEAD][lead], 1)
    end(quick)
    rested(quick)
    assert ["Конец" in text for text in quick.comments(DEAL, made["deal"])] == [True]
    assert quick.comments(CONTACT, made["contact"]) == []


def test_a_live_transcript_goes_on_in_what_the_lead_became(here: Stage) -> None:
    lead = begin(here, transcript={"to": ["lead"], "moment": "live"})
    assert len(here.comments(LEAD, lead)) == 1
    made = convert(here.portal.crm, here.portal.crm.items[LEAD][lead], 1)
    end(here)
    rested(here)
    texts = here.comments(DEAL, made["deal"])
    assert [sum(word in text for text in texts) for word in ("Начало", "Конец")] == [1, 1]


def test_a_deleted_lead_is_told_once_and_fails_nothing(here: Stage) -> None:
    lead = begin(here)
    here.portal.crm.delete(LEAD, lead, 1)
    end(here)
    rested(here)
    here.message(1, 13, "После конца")
    here.work_off()
    rested(here)
    assert explained(here).count("entity_gone") == 1
    assert "lead" not in here.conversation(1).ledger.get("entities", {})


def test_after_a_deletion_the_next_communication_decides_anew(quick: Stage) -> None:
    lead = begin(quick)
    quick.portal.crm.delete(LEAD, lead, 1)
    end(quick)
    quick.chat_started(2)
    quick.work_off()
    [fresh] = quick.items(LEAD)
    assert fresh["id"] != lead
    assert quick.conversation(2).ledger["entities"]["lead"] == fresh["id"]


def test_a_deleted_deal_is_told_and_its_contact_still_gets_the_transcript(here: Stage) -> None:
    begin(here, create={"entity": "deal"})
    [deal] = here.items(DEAL)
    [contact] = here.items(CONTACT)
    here.portal.crm.delete(DEAL, deal["id"], 1)
    end(here)
    rested(here)
    assert "Конец" in here.comments(CONTACT, contact["id"])[0]
    assert explained(here).count("entity_gone") == 1


def test_a_merged_contact_is_followed_to_the_one_that_remains(here: Stage) -> None:
    crm = here.portal.crm
    begin(here, create={"entity": "deal"})
    [contact] = here.items(CONTACT)
    older = crm.add(
        CONTACT, {"name": "Старый", "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": "+79161234567"}]}, 1,
        "test",
    )  # fmt: skip
    crm.merge(CONTACT, [older.id, contact["id"]], 1)
    end(here)
    rested(here)
    assert here.conversation(1).ledger["entities"]["contact"] == older.id
    assert len([text for text in here.comments(CONTACT, older.id) if "Конец" in text]) == 1
    assert "entity_taken_over" in explained(here)


def test_a_merged_lead_is_followed_to_the_one_that_remains(here: Stage) -> None:
    crm = here.portal.crm
    lead = begin(here)
    older = crm.add(
        LEAD, {"title": "Старый", "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": "+79161234567"}]}, 1,
        "test",
    )  # fmt: skip
    crm.merge(LEAD, [older.id, lead], 1)
    end(here)
    rested(here)
    assert here.conversation(1).ledger["entities"]["lead"] == older.id
    assert "Конец" in here.comments(LEAD, older.id)[0]


def test_everything_deleted_ends_in_rest(quick: Stage) -> None:
    begin(quick, create={"entity": "deal"})
    for kind in (DEAL, CONTACT):
        for item in quick.items(kind):
            quick.portal.crm.delete(kind, item["id"], 1)
    end(quick)
    rested(quick)
    assert explained(quick).count("entity_gone") == 2
