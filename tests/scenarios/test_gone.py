"""Stages that settings name and the portal does not have any more: nothing is lost, the journal tells."""

from typing import Any

from app.storage.models import Conversation, PlanRow
from app.storage.queries import directory
from tests.support.stage import Stage

GONE = {"default": {"category_id": 9, "stage_id": "C9:NEW"}, "rules": []}
STAGES: list[dict[str, Any]] = [
    {"id": "NEW", "entity": "lead", "category_id": None, "title": "Новый"},
    {"id": "NEW", "entity": "deal", "category_id": 0, "title": "Новая"},
]


def codes(here: Stage) -> list[str]:
    with here.services.sessions() as session:
        own = (
            session.query(PlanRow)
            .join(Conversation)
            .filter(Conversation.installation_id == here.installation_id)
        )
        return [line["code"] for plan in own for line in plan.explanation]


def known(here: Stage, stages: list[dict[str, Any]]) -> None:
    with here.services.sessions.begin() as session:
        directory.put(session, here.installation_id, "stages", stages, here.services.clock.now())


def test_a_pipeline_that_is_known_to_be_gone_is_not_asked_for(here: Stage) -> None:
    known(here, STAGES)
    here.save("chats", create={"entity": "deal"}, pipeline=GONE)
    here.chat_started(1)
    here.settle()
    [deal] = here.items(2)
    assert (deal["categoryId"], deal["stageId"]) == (0, "NEW")
    assert "pipeline_default_gone" in codes(here)
    assert here.unsettled() == []


def test_a_stage_that_went_since_the_directories_were_read_costs_nobody_the_record(here: Stage) -> None:
    known(here, [*STAGES, {"id": "C9:NEW", "entity": "deal", "category_id": 9, "title": "Была"}])
    mapping = [{"constant": "из чата", "entity": "deal", "field": "comments", "mode": "always"}]
    here.save("chats", create={"entity": "deal"}, pipeline=GONE, mapping=mapping)
    here.chat_started(1)
    here.work_off()
    [deal] = here.items(2)
    assert (deal["categoryId"], deal["stageId"]) == (0, "NEW")
    assert {"pipeline_default", "stage_refused"} <= set(codes(here))
    [contact] = here.items(3)
    assert deal["contactId"] == contact["id"]
    assert here.unsettled() == []
