"""The test chat at the end of the setup: an invented communication through the real rules, step by step.

Nothing of it is kept as a conversation. Its progress lies beside the directories; what it makes carries markers of
its own, by which it is found and removed, also by the next test when this one was cut off.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.domain.conversation import Snapshot
from app.domain.crm import Questions
from app.domain.decision import Decision, Skip
from app.domain.plan import Step, StepKind, StepState
from app.domain.settings import Communication
from app.pipeline import outcomes
from app.pipeline.crm_side import CrmAway
from app.pipeline.view import Portal, load
from app.pipeline.waves import orders, ready_steps
from app.rules.consider import held_back
from app.rules.decide import decide
from app.rules.questions import ROLES, questions_for, role_marker
from app.storage.models import Installation
from app.storage.queries import directory
from app.storage.services import Services
from app.web.journal.invented import invented
from bitrix_app.crm import BitrixCrm
from bitrix_app.remove import remove

log = structlog.get_logger()
KEPT_AS = "test_chat"
STALE = timedelta(minutes=5)
"""A test that has not ended by then died with its process."""
FAR = timedelta(days=1)
BUDGET_WAIT = 20.0
TRIES = 3


def record(session: Session, installation_id: int) -> dict[str, Any]:
    """The last test as it is kept: `{"state", "number", "remove", "cleaned", "started_at", "steps", ...}`, or {}."""
    rows = directory.items(session, installation_id, KEPT_AS)
    return rows[0] if rows else {}


def running(kept: Mapping[str, Any], now: datetime) -> bool:
    """Whether a test is under way."""
    return kept.get("state") == "running" and datetime.fromisoformat(kept["started_at"]) > now - STALE


def begin(services: Services, installation_id: int, *, remove_after: bool) -> bool:
    """Note that a test begins; False when one is under way."""
    now = services.clock.now()
    with services.sessions.begin() as session:
        session.get_one(Installation, installation_id, with_for_update=True)
        before = record(session, installation_id)
        if running(before, now):
            return False
        number = max(int(now.timestamp()), int(before.get("number", 0)) + 1)
        fresh = {
            "state": "running", "number": number, "remove": remove_after, "cleaned": False,
            "started_at": now.isoformat(), "steps": [], "explanation": [], "left": _left(before),
        }  # fmt: skip
        directory.put(session, installation_id, KEPT_AS, [fresh], now)
    return True


def _left(before: Mapping[str, Any]) -> list[int]:
    """Numbers of tests that wanted to remove what they made, and were cut off before."""
    unfinished = before.get("remove") and not before.get("cleaned")
    return [*before.get("left", ()), *([before["number"]] if unfinished else [])]


class Trial:
    """One run. Every step is noted before and after it is done."""

    def __init__(self, services: Services, crm: BitrixCrm, installation_id: int) -> None:
        self.services = services
        self.crm = crm
        self.installation_id = installation_id
        with services.sessions() as session:
            self.kept = dict(record(session, installation_id))
        self.steps: list[dict[str, Any]] = []

    def run(self) -> None:
        """The whole test; whatever goes wrong is told in its step."""
        try:
            with self.services.sessions() as session:
                portal = load(
                    session, self.installation_id, self.services.config.settle, self.services.clock.now()
                )
            assert portal is not None
            self._clean_up_before(portal)
            self._communication(portal)
            if self.kept["remove"]:
                self._remove(portal)
        except CrmAway as error:
            self._fail("away", str(error))
        except Exception as error:
            self._fail("internal", type(error).__name__)
            log.exception("test_chat_broke", portal=self.installation_id)
        failed = any(step["state"] == "failed" for step in self.steps)
        self.kept |= {
            "state": "failed" if failed else "done",
            "finished_at": self.services.clock.now().isoformat(),
        }
        self._save()

    def _communication(self, portal: Portal) -> None:
        chat = self._chat(portal, self.kept["number"])
        settings = self._settings(portal, chat)
        self._step("lookups")
        facts = self.crm.ask([questions_for(chat, settings, portal.view)])[0]
        self._done()
        self._step("decision")
        decision = decide(chat, settings, portal.view, facts)
        self.kept["explanation"] = [reason.to_json() for reason in decision.explanation]
        if decision.plan.steps:
            self._done()
        else:
            self._end("failed", decision.reason or "nothing_to_create")
        self._carry_out(decision)

    def _settings(self, portal: Portal, chat: Snapshot) -> Communication:
        """The settings in force as if their section were on; that the test is no measure of them is told."""
        self._step("settings")
        settings = portal.chats.model_copy(update={"enabled": True})
        held = held_back(chat, settings, portal.view, self.services.clock.now() + FAR)
        if isinstance(held, Skip):
            self._end("warning", held.reason.code)
        elif not portal.chats.enabled:
            self._end("warning", "section_off")
        else:
            self._done()
        return settings

    def _carry_out(self, decision: Decision) -> None:
        plan = decision.plan
        while ready := ready_steps(plan, 1):
            step = ready[0]
            self._step(step.name)
            if step.kind == StepKind.NOTIFY and self.kept["remove"]:
                step.state = StepState.DONE
                self._end("skipped", "test_not_notified")
                continue
            self._send(decision, step)
            done = step.state == StepState.DONE
            self._end("done" if done else "failed", None, step.problem, step.result)

    def _send(self, decision: Decision, step: Step) -> None:
        """One order in a request of its own. One whose outcome is unknown is not sent again: cleaning finds it."""
        for _ in range(TRIES):
            if not self.crm.reserve(BUDGET_WAIT):
                raise CrmAway("request budget", 1.0)
            outcomes.record(step, self.crm.send(orders(0, decision.plan, [step]))[0])
            if step.state != StepState.PLANNED:
                break
        if step.state in (StepState.PLANNED, StepState.UNKNOWN):
            step.state = StepState.FAILED

    def _clean_up_before(self, portal: Portal) -> None:
        for number in list(self.kept.get("left", ())):
            self._step("leftovers")
            refused = self._remove_all(portal, number)
            self._end("failed" if refused else "done", None, refused)
            if not refused:
                self.kept["left"] = [other for other in self.kept["left"] if other != number]

    def _remove(self, portal: Portal) -> None:
        self._step("cleanup")
        refused = self._remove_all(portal, self.kept["number"])
        self.kept["cleaned"] = not refused
        self._end("failed" if refused else "done", None, refused)

    def _remove_all(self, portal: Portal, number: int) -> str | None:
        """Remove what carries the markers of a test until nothing does; what was refused, in the vendor's words."""
        chat = self._chat(portal, number)
        marks = {role: role_marker(chat, portal.view, role) for role in ROLES}
        refused: dict[str, str] = {}
        for _ in range(TRIES):
            found = self.crm.ask([Questions(markers=marks)])[0].marked
            if not found:
                return None
            refused = remove(self.crm.client, found)
            if refused:
                break
        return "; ".join(refused.values()) or "still there"

    def _chat(self, portal: Portal, number: int) -> Snapshot:
        return invented(portal, number, self.services.clock.now())

    def _step(self, name: str) -> None:
        self.steps.append({"name": name, "state": "running"})
        self._save()

    def _done(self) -> None:
        self._end("done")

    def _end(
        self, state: str, code: str | None = None, problem: str | None = None, result: int | None = None
    ) -> None:
        told = {"code": code, "problem": problem, "result": result}
        self.steps[-1] |= {"state": state} | {
            name: value for name, value in told.items() if value is not None
        }
        self._save()

    def _fail(self, code: str, problem: str) -> None:
        if not self.steps or self.steps[-1]["state"] != "running":
            self.steps.append({"name": "test", "state": "running"})
        self._end("failed", code, problem)

    def _save(self) -> None:
        now = self.services.clock.now()
        self.kept["steps"] = [dict(step) for step in self.steps]
        with self.services.sessions.begin() as session:
            directory.put(session, self.installation_id, KEPT_AS, [dict(self.kept)], now)
