"""Draining a portal: one worker at a time, in rounds over the heads of many conversations."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from app.pipeline import planning
from app.pipeline.asking import ask_all
from app.pipeline.considering import Ahead, consider
from app.pipeline.crm_side import Crm, CrmAway
from app.pipeline.execution import IN_FLIGHT, Decided, Execution
from app.pipeline.intake import ROWS
from app.pipeline.parking import park
from app.pipeline.planning import Agenda
from app.pipeline.road import BROKEN_PAUSE, Road
from app.pipeline.taking import take_in
from app.pipeline.view import Portal, works
from app.storage.database import reading
from app.storage.models import MailWork
from app.storage.queries import conversations, inbox, work
from app.storage.queries.work import Claim, ClaimLost
from app.storage.services import Services

log = structlog.get_logger()
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)


def drain(road: Road, installation_id: int, holder: str) -> bool:
    """Work on a portal until nothing is due, or its turn is over. False when somebody else has it, which is normal."""
    services = road.services
    with services.sessions.begin() as session:
        claim = work.claim(session, installation_id, holder, services.clock.now(), services.config.claim_ttl)
    if claim is None:
        return False
    with bound_contextvars(portal=installation_id, lane="drain"):
        try:
            _let_go(road, claim, _guarded_rounds(road, claim))
        except ClaimLost:
            services.meters.count("claims_lost")
            log.warning("claim_lost")
    return True


def _let_go(road: Road, claim: Claim, not_before: datetime | None) -> None:
    """A database that restarts is waited for: or the claim would keep everybody away until it runs out."""
    for pause in PAUSES_S:
        try:
            return _release(road.services, claim, not_before)
        except (OperationalError, InterfaceError):
            log.warning("portal_not_released", again_after=pause)
            road.stopping.wait(pause)
    return _release(road.services, claim, not_before)


def _guarded_rounds(road: Road, claim: Claim) -> datetime | None:
    """What nobody foresaw must not keep the claim until it runs out: the portal is tried again soon."""
    try:
        return _rounds(road, claim)
    except ClaimLost:
        raise
    except Exception:
        road.services.meters.count("rounds", "broke", "drain")
        log.exception("round_broke")
        return road.services.clock.now() + BROKEN_PAUSE


def _rounds(road: Road, claim: Claim) -> datetime | None:
    """Rounds until nothing is due. Returns until when the portal is to be left alone, if it cannot be asked."""
    began = road.services.clock.now()
    with road.services.threads.pool(IN_FLIGHT, f"portal-{claim.installation_id}") as pool:
        try:
            more = True
            while more and not road.leaves(began):
                with road.services.trace.span("round", portal=claim.installation_id):
                    more = _round(road, claim, pool, lambda: road.leaves(began))
        except CrmAway as error:
            return road.services.clock.now() + timedelta(seconds=error.after)
    return None


def _round(road: Road, claim: Claim, pool: Executor, leaves: Callable[[], bool]) -> bool:
    """One round. Returns whether another one may find work at once. Raises CrmAway when that is noted.

    Events that trickle in do not make rounds of their own: the next drain takes them together.
    """
    services = road.services
    ahead = Ahead(road, claim)
    taken, portal = take_in(road, claim, ahead.look)
    if portal is None or not portal.works:
        return taken == ROWS
    crm = road.crm_of(claim.installation_id)
    found = ahead.still_true(portal) or consider(services, claim, portal, crm)
    plans, agenda = found.plans, found.agenda
    try:
        decided = _decide(services, portal, crm, agenda, found.changed_at)
    except CrmAway as error:
        _away(services, claim, error, [*agenda.ask, *agenda.follow])
        raise
    plans |= decided.plans if decided else {}
    if plans or decided:
        execution = Execution(services, claim, crm, leaves, decided)
        execution.run(plans, pool)
        execution.finish(plans)
        if execution.away is not None:
            _away(services, claim, execution.away, [])
            raise execution.away
    return bool(taken == ROWS or plans or agenda.ask or agenda.follow)


def _decide(
    services: Services, portal: Portal, crm: Crm, agenda: Agenda, changed_at: dict[int, datetime]
) -> Decided | None:
    """What the rules say of the agenda. It is saved with the first intent: one transaction less on the way."""
    if not (agenda.ask or agenda.follow):
        return None
    questions = {row_id: verdict.questions for row_id, (_, verdict) in agenda.ask.items()}
    answers, refused = ask_all(crm, questions)
    agenda.refused = refused
    now = services.clock.now()
    decisions = planning.decide_all(portal, agenda, answers, now, changed_at)

    def save(session: Session) -> None:
        work.hold(session, portal.id, MailWork)
        rows = conversations.by_ids(session, [*agenda.ask, *agenda.follow])
        planning.save(session, portal, agenda, decisions, rows, now)

    return Decided({row_id: one.plan for row_id, one in decisions.items() if one.plan.steps}, save)


def _away(services: Services, claim: Claim, error: CrmAway, ids: Sequence[int]) -> None:
    """The portal cannot be asked: its conversations wait; a parked one waits for its probe."""
    now = services.clock.now()
    until = now + timedelta(seconds=error.after)
    with services.sessions.begin() as session:
        work.fence(session, claim, now)
        for row in conversations.by_ids(session, ids).values():
            row.due_at = until
        if error.parked:
            park(session, claim.installation_id, error.reason, until)
            services.meters.count("portals_parked", error.reason)
    services.meters.count("rounds", "away", "drain")
    log.warning("portal_away", reason=error.reason, after=error.after)


def _release(services: Services, claim: Claim, not_before: datetime | None) -> None:
    """Give the portal back. The fence locks its row first, so no event that is committed can be missed."""
    now = services.clock.now()
    with services.sessions.begin() as session:
        work.fence(session, claim, now)
        due = (not_before or now) if inbox.has_pending(session, claim.installation_id) else None
        if due is None and works(session, claim.installation_id):
            due = conversations.next_due(session, claim.installation_id)
            due = max(due, not_before) if due and not_before else due
        work.release(session, claim, due)
    soon = due is not None and due <= now
    if soon or (not_before is None and _passed(services, claim.installation_id)):
        services.wake(claim.installation_id)


def _passed(services: Services, installation_id: int) -> bool:
    """Whether an event was stored while the portal was released: see `work.forgotten`, which finds the rest of them."""
    with services.sessions() as session:
        if not inbox.has_pending(reading(session), installation_id):
            return False
    with services.sessions.begin() as session:
        work.due_by(session, installation_id, services.clock.now())
    return True
