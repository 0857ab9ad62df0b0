"""The advertising source in the CRM: UTM fields and the trace of Sales Intelligence, at once or late, never twice."""

from typing import Any

import pytest

from app.pipeline.accept import accept
from app.storage.models import PlanRow
from app.uis.reports.chat_rows import report_body
from tests.support.stage import SETUP_CHANNEL, Stage

LEAD, DEAL, CONTACT = 1, 2, 3
UTM = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "осень 2026"}
TRACE = "crm.tracking.trace.add"


def report(here: Stage, chat: int, **facts: Any) -> None:
    """A row of the report of chats, as the poller stores it."""
    row = {"id": chat, "date_time": "2026-05-04 12:00:00", "visitor_id": 9_000_000_000 + chat, **facts}
    body = report_body(row, "Europe/Moscow", SETUP_CHANNEL)
    accept(
        here.services, here.installation_id, source="poll", kind="report",
        dedup_key=f"r{chat}:{len(facts)}", body=body,
    )  # fmt: skip


def traces(here: Stage) -> list[dict[str, Any]]:
    return here.portal.crm.traces


def explained(here: Stage, chat: int = 1) -> list[str]:
    with here.services.sessions() as session:
        rows = session.query(PlanRow).filter_by(conversation_id=here.conversation(chat).id)
        return [line["code"] for row in rows for line in row.explanation]


def test_a_source_that_is_known_at_once(here: Stage) -> None:
    here.save("chats", create={"entity": "deal"})
    report(here, 1, **UTM)
    here.chat_started(1)
    here.work_off()
    [deal], [contact] = here.items(DEAL), here.items(CONTACT)
    for item in (deal, contact):
        assert (item["utmSource"], item["utmMedium"], item["utmCampaign"]) == ("yandex", "cpc", "осень 2026")
    assert traces(here) == [
        {"TRACE": {"tags": {"list": UTM}}, "ENTITIES": [("DEAL", deal["id"]), ("CONTACT", contact["id"])]}
    ]
    assert (here.conversation(1).state, here.portal.violations) == ("done", [])


def test_a_source_that_becomes_known_later_is_added_once(here: Stage) -> None:
    here.chat_started(1)
    here.work_off()
    assert traces(here) == []
    report(here, 1, **UTM)
    here.work_off()
    report(here, 1, **UTM, visitor_city="Пермь")
    here.closed(1)
    here.work_off()
    [lead] = here.items(LEAD)
    assert lead["utmSource"] == "yandex"
    assert [trace["ENTITIES"] for trace in traces(here)] == [[("LEAD", lead["id"])]]
    assert "source_added" in explained(here)


def test_a_mapping_row_has_precedence(quick: Stage) -> None:
    row = {"entity": "lead", "field": "utmSource", "constant": "сайт", "mode": "always"}
    quick.save("chats", mapping=[row])
    report(quick, 1, **UTM)
    quick.chat_started(1)
    quick.work_off()
    [lead] = quick.items(LEAD)
    assert lead.get("utmSource") != "yandex"
    assert lead["utmMedium"] == "cpc"


def test_without_a_source_there_is_no_trace(quick: Stage) -> None:
    report(quick, 1, visitor_city="Пермь")
    quick.chat_started(1)
    quick.work_off()
    assert traces(quick) == []


def test_what_was_there_before_keeps_its_source(quick: Stage) -> None:
    quick.chat_started(1)
    quick.work_off()
    quick.chat_started(2)
    quick.work_off()
    report(quick, 2, **UTM)
    quick.work_off()
    assert traces(quick) == []
    assert not quick.items(LEAD)[0].get("utmSource")


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after"])
def test_a_lost_answer_is_in_doubt_and_never_sent_again(here: Stage, kind: str) -> None:
    report(here, 1, **UTM)
    here.chat_started(1)
    here.drain()
    here.world.faults.add("bitrix", TRACE, kind, seconds=6)
    here.settle()
    here.work_off()
    assert len(traces(here)) == 1
    assert here.conversation(1).state == "done"
    assert explained(here).count("trace_in_doubt") == 1
    here.message(1, 11, "Алло")
    here.closed(1)
    here.work_off()
    assert len(traces(here)) == 1


def test_a_refusal_is_told_and_holds_up_nothing(here: Stage) -> None:
    here.world.faults.add("bitrix", TRACE, "error", code="ACCESS_DENIED", status=403, times=9)
    report(here, 1, **UTM)
    here.chat_started(1)
    here.message(1, 11, "Алло")
    here.closed(1)
    here.work_off()
    row = here.conversation(1)
    assert (row.state, row.problem) == ("done", None)
    assert "trace_failed" in explained(here)
    assert len(here.comments(LEAD, here.items(LEAD)[0]["id"])) == 1
