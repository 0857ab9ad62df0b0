"""Whatever fails in between, nothing is lost and nothing is doubled."""

from typing import Any

import pytest

from app.pipeline import planning
from app.pipeline.retry import retry
from app.storage.models import Conversation, Installation, InstallationState, PlanRow
from app.storage.queries import work
from tests.scenarios.conftest import NewStage
from tests.support.stage import Stage

LEAD, DEAL, CONTACT = 1, 2, 3
WRITES = {
    "crm.item.add": 2, "crm.activity.configurable.add": 1, "im.notify.system.add": 1,
    "crm.activity.configurable.update": 1, "crm.timeline.comment.add": 2, "crm.timeline.comment.update": 2,
}  # fmt: skip
"""Every method that writes, and how often the story needs it."""

CUT = {
    "timeout_after": {"seconds": 3},
    "reset_after": {},
    "timeout_before": {"seconds": 3},
    "reset_before": {},
}
REFUSED: dict[str, dict[str, Any]] = {
    "html": {}, "http_500": {}, "http_503": {}, "http_429": {}, "expired_token": {},
}  # fmt: skip


def impatient(new_stage: NewStage) -> Stage:
    """A stage on which a silent portal is given up soon."""
    return new_stage(HTTP_READ_TIMEOUT_S="0.25")


def tell(here: Stage, chat_id: int = 1) -> None:
    """A chat from its first message to one that was late, everything worked off in between."""
    here.chat_started(chat_id)
    here.message(chat_id, 11, "Здравствуйте")
    here.work_off()
    here.message(chat_id, 12, "Добрый день", source="operator")
    here.closed(chat_id)
    here.work_off()
    here.message(chat_id, 10, "Я не дождался ответа", created_at="2026-05-04T09:00:00.500Z")
    here.work_off()


def check_deal(here: Stage) -> None:
    """One of everything, tied together, the transcript in order."""
    [deal], [contact], [activity] = here.items(DEAL), here.items(CONTACT), here.activities()
    assert deal["contactId"] == contact["id"]
    assert (activity.owners, activity.fields["COMPLETED"]) == ([(DEAL, deal["id"])], "Y")
    assert len(here.portal.notifications) == 1
    for owner in ((DEAL, deal["id"]), (CONTACT, contact["id"])):
        [text] = here.comments(*owner)
        assert text.index("не дождался") < text.index("Здравствуйте") < text.index("Добрый день")
    assert (here.conversation(1).state, here.conversation(1).problem) == ("done", None)
    assert here.portal.violations == []


@pytest.mark.parametrize("kind", [*CUT, *REFUSED])
def test_every_write_fails_once(new_stage: NewStage, kind: str) -> None:
    here = impatient(new_stage)
    here.save("chats", create={"entity": "deal"})
    for method, times in WRITES.items():
        here.world.faults.add("bitrix", method, kind, times=times, **(CUT | REFUSED)[kind])
    tell(here)
    assert here.world.faults.list() == []
    check_deal(here)


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "reset_before"])
def test_a_lead_whose_answer_was_lost_is_one_lead(new_stage: NewStage, kind: str) -> None:
    here = impatient(new_stage)
    here.world.faults.add("bitrix", "crm.item.add", kind, seconds=3)
    tell(here)
    assert here.world.faults.list() == []
    assert (len(here.items(LEAD)), len(here.activities()), len(here.portal.notifications)) == (1, 1, 1)
    assert len(here.comments(LEAD, 1)) == 1


def test_nothing_is_looked_up_before_the_portal_must_have_ended(new_stage: NewStage) -> None:
    here = new_stage(HTTP_READ_TIMEOUT_S="0.25", UNKNOWN_WAIT_S="90")
    here.world.faults.add("bitrix", "crm.item.add", "reset_after")
    here.chat_started(1)
    here.settle()
    asked = len(here.portal.requests)
    here.pass_time(80)
    assert len(here.portal.requests) == asked
    here.pass_time(20)
    assert (len(here.items(LEAD)), len(here.activities())) == (1, 1)


@pytest.mark.parametrize(
    "kind", ["timeout_before", "reset_before", "html", "http_500", "http_503", "http_429"]
)
def test_a_lookup_that_fails_is_asked_again(new_stage: NewStage, kind: str) -> None:
    here = impatient(new_stage)
    here.world.faults.add("bitrix", "crm.duplicate.findbycomm", kind, seconds=3)
    here.chat_started(1)
    here.work_off()
    assert here.world.faults.list() == []
    assert (len(here.items(LEAD)), here.conversation(1).state) == (1, "done")


def retried(here: Stage) -> int:
    with here.services.sessions.begin() as session:
        ids = [row.id for row in session.query(Conversation).filter_by(installation_id=here.installation_id)]
        return retry(session, here.installation_id, ids, here.services.clock.now())


def test_a_contact_that_the_portal_refuses_is_tied_to_its_deal_after_a_retry(here: Stage) -> None:
    here.save("chats", create={"entity": "deal"})
    here.portal.crm.required[(CONTACT, None)] = {"lastName"}
    here.chat_started(1)
    here.work_off()
    row = here.conversation(1)
    assert row.state == "failed"
    assert "CRM_FIELD_ERROR_REQUIRED" in str(row.problem)
    assert "lastName" in str(row.problem)
    here.portal.crm.required.clear()
    assert (retried(here), retried(here)) == (1, 0)
    here.drain()
    [deal], [contact] = here.items(DEAL), here.items(CONTACT)
    assert deal["contactId"] == contact["id"]
    assert (len(here.activities()), len(here.portal.notifications)) == (1, 1)
    assert here.conversation(1).state == "done"


def test_an_error_that_nobody_knows_is_shown_with_its_code_and_can_be_retried(here: Stage) -> None:
    fault: dict[str, Any] = {"code": "ERROR_OF_TOMORROW", "description": "Never heard of", "status": 400}
    here.world.faults.add("bitrix", "crm.item.add", "error", **fault)
    here.chat_started(1)
    here.work_off()
    row = here.conversation(1)
    assert (row.state, row.due_at) == ("failed", None)
    assert "ERROR_OF_TOMORROW: Never heard of" in str(row.problem)
    assert (here.items(LEAD), here.activities()) == ([], [])
    here.message(1, 11, "Почему мне не отвечают?")
    here.drain()
    assert here.conversation(1).state == "failed"
    retried(here)
    here.drain()
    assert (len(here.items(LEAD)), here.conversation(1).problem) == (1, None)


@pytest.mark.parametrize("kind", ["http_503", "http_429"])
def test_limits_consume_no_attempt(quick: Stage, kind: str) -> None:
    quick.world.faults.add("bitrix", "crm.item.add", kind, times=15)
    quick.chat_started(1)
    quick.work_off()
    with quick.services.sessions() as session:
        conversation = quick.conversation(1).id
        [plan] = (
            session.query(PlanRow).filter(PlanRow.conversation_id == conversation, PlanRow.id > 0).limit(1)
        )
    assert quick.world.faults.list() == []
    assert [step.get("attempts", 0) for step in plan.steps] == [0, 0, 0]
    assert len(quick.items(LEAD)) == 1


def test_a_portal_that_does_not_pay_is_parked_and_goes_on_when_it_has(here: Stage) -> None:
    here.world.faults.add("bitrix", "batch", "error", code="PAYMENT_REQUIRED", status=402)
    here.chat_started(1)
    here.settle()
    with here.services.sessions() as session:
        portal = session.get_one(Installation, here.installation_id)
        assert (portal.state, portal.problem) == (InstallationState.PARKED, "payment")
    here.chat_started(2, phone="79160000002")
    here.work_off()
    assert here.rest() == ["batch"]
    with here.services.sessions.begin() as session:
        portal = session.get_one(Installation, here.installation_id)
        portal.state, portal.problem, portal.parked_until = InstallationState.ACTIVE, None, None
        work.due_by(session, portal.id, here.services.clock.now())
    here.pass_time(6 * 3600 + 1)
    assert len(here.items(LEAD)) == 2


def test_a_token_that_expires_is_renewed_on_the_way(here: Stage) -> None:
    here.world.faults.add("bitrix", "batch", "expired_token", times=1)
    here.chat_started(1)
    here.settle()
    assert (len(here.items(LEAD)), here.conversation(1).state) == (1, "done")


def test_a_token_that_cannot_be_renewed_now_leaves_nothing_in_doubt(
    here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The portal refused the batch that writes, the authorization server is away: nothing was sent; later it is."""
    save = planning.save

    def saved(*told: Any) -> None:
        save(*told)
        monkeypatch.setattr(planning, "save", save)
        here.world.faults.add("bitrix", "batch", "expired_token", times=1)
        here.world.faults.add("oauth", "token/refresh_token", "http_503", times=2)

    monkeypatch.setattr(planning, "save", saved)
    here.chat_started(1)
    here.settle()
    with here.services.sessions() as session:
        plan = session.query(PlanRow).filter(PlanRow.settled_at.is_(None)).one()
        assert {step["state"] for step in plan.steps} == {"planned"}
    here.pass_time(10)
    assert (len(here.items(LEAD)), here.conversation(1).state) == (1, "done")


def test_a_claim_that_was_lost_writes_nothing_more(here: Stage) -> None:
    def stolen(orders: Any) -> Any:
        outcomes = send(orders)
        with here.services.sessions.begin() as session:
            work.forget_claims(session)
        return outcomes

    crm = here.road.crm_of(here.installation_id)
    send, crm.send = crm.send, stolen  # type: ignore[method-assign]
    here.chat_started(1)
    here.settle()
    with here.services.sessions() as session:
        [plan] = session.query(PlanRow).filter_by(conversation_id=here.conversation(1).id)
        assert [step["state"] for step in plan.steps] == ["sent", "sent", "planned"]
    crm.send = send  # type: ignore[method-assign]
    here.work_off()
    assert (len(here.items(LEAD)), len(here.activities()), len(here.portal.notifications)) == (1, 1, 1)


def test_an_event_that_comes_in_meanwhile_shortens_no_pause(quick: Stage) -> None:
    quick.world.faults.add("bitrix", "crm.item.add", "expired_token", times=2)
    quick.chat_started(1)
    quick.settle()
    asked = len(quick.portal.requests)
    for number in range(3):
        quick.message(1, number, "Вы здесь?")
        quick.pass_time(1)
    assert len(quick.portal.requests) == asked
    quick.work_off()
    assert (len(quick.items(LEAD)), quick.conversation(1).state) == (1, "done")


def test_a_comment_whose_card_was_deleted_meanwhile_holds_up_only_its_chat(here: Stage) -> None:
    here.chat_started(1)
    here.message(1, 11, "Здравствуйте")
    here.work_off()
    here.world.faults.add("bitrix", "crm.timeline.comment.add", "reset_after")
    here.closed(1)
    here.settle()
    here.portal.crm.delete(LEAD, 1)
    here.chat_started(2, phone="79160000002")
    here.work_off()
    assert (here.conversation(1).state, here.conversation(1).problem) == ("done", None)
    assert "lead" not in here.conversation(1).ledger.get("entities", {})  # told once, see test_entity_life
    assert (len(here.items(LEAD)), here.conversation(2).state) == (1, "done")
