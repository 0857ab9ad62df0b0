"""The lane of analytics: one worker at a time per portal, beside the drain and the letters.

Nothing is in a hurry here: what is due is looked for every few seconds. A portal that cannot be asked, or a UIS that
takes nothing, leaves everything as it is until its next time.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.domain.dialogs import DialogState
from app.pipeline.analytics import finding, looking, reading, sending, view
from app.pipeline.analytics.desk import Analytics, Round
from app.pipeline.analytics.sides import UploadAway
from app.pipeline.crm_side import CrmAway
from app.pipeline.parking import park
from app.pipeline.road import BROKEN_PAUSE
from app.storage.models import AnalyticsWork
from app.storage.queries import analytics as queries
from app.storage.queries import work
from app.storage.queries.work import Claim, ClaimLost

log = structlog.get_logger()

READ = (DialogState.FOUND, DialogState.WAITING, DialogState.REFUSED)
UPLOAD = (DialogState.READY, DialogState.SENT, DialogState.UPLOADED)
ROUNDS = 40
"""Rounds of one turn; what is left then waits for the next one, so that other portals come to theirs."""
NOT_CONNECTED = "not_connected"
NO_UPLOADS = timedelta(minutes=10)


def turn(analytics: Analytics, installation_id: int, holder: str) -> bool:
    """Work on one portal until nothing is due. False when somebody else does, which is normal."""
    services = analytics.services
    now, ttl = services.clock.now(), services.config.claim_ttl
    with services.sessions.begin() as session:
        claim = work.claim(session, installation_id, holder, now, ttl, AnalyticsWork)
    if claim is None:
        return False
    try:
        not_before = _guarded(analytics, claim)
        _release(analytics, claim, not_before)
    except ClaimLost:
        services.meters.count("claims_lost")
        log.warning("claim_lost", portal=installation_id, lane="analytics")
    return True


def _guarded(analytics: Analytics, claim: Claim) -> datetime | None:
    """Until when the portal is to be left alone, if it cannot be asked. What nobody foresaw is tried again soon."""
    now = analytics.services.clock.now
    try:
        _rounds(analytics, claim)
    except ClaimLost:
        raise
    except CrmAway as error:
        _away(analytics, claim, error)
        return now() + timedelta(seconds=error.after)
    except Exception:
        analytics.services.meters.count("rounds", "broke", "analytics")
        log.exception("analytics_broke", portal=claim.installation_id)
        return now() + BROKEN_PAUSE
    return None


def _rounds(analytics: Analytics, claim: Claim) -> None:
    for _ in range(ROUNDS):
        round_ = _begin(analytics, claim)
        if round_ is None or not _one(round_):
            return


def _begin(analytics: Analytics, claim: Claim) -> Round | None:
    """The next round; None when the portal is off or away. Subscriptions follow the settings in any case."""
    services, number = analytics.services, claim.installation_id
    with services.sessions.begin() as session:
        work.fence(session, claim, services.clock.now())
        found = view.load(session, number)
        if found is None or not found.reachable:
            return None
        _note_switch(session.get_one(AnalyticsWork, number), found.settings.enabled, services.clock.now())
        if not found.settings.enabled:
            finding.settle_unheard(session, number, services.clock.now())
    round_ = Round(
        services=services, rhythm=analytics.rhythm, claim=claim, view=found, lines=analytics.sides.lines_of(number),
        uploads=analytics.sides.uploads_of(number) if found.on else None,
    )  # fmt: skip
    _listen(round_)
    return round_ if found.on else None


def _note_switch(row: AnalyticsWork, enabled: bool, now: datetime) -> None:
    """Sessions count from the moment when analytics was switched on."""
    if enabled and row.since is None:
        row.since, row.list_due_at, row.problem, row.upload_after = now, now, None, None
    elif not enabled:
        row.since = None


def _listen(round_: Round) -> None:
    wanted = round_.view.listening
    if wanted != sorted(round_.view.work.bound):
        round_.lines.listen(wanted)
        with round_.noting() as row:
            row.bound = wanted


def _one(round_: Round) -> int:
    """One round; how much of it there was. Raises CrmAway."""
    done = finding.look_into_hints(round_) + finding.read_list(round_)
    open_ = _uploads_open(round_)
    try:
        looked = looking.look_up_due(round_) if open_ else 0
        states = (*READ, DialogState.READY) if open_ else READ
        read, prepared = reading.read_due(round_, states)
        if open_ and prepared:
            sending.send(round_, prepared)
        if open_ and (looked or prepared) and round_.view.work.problem:
            _note_problem(round_, None, None)
    except UploadAway as away:
        until = round_.now() + timedelta(seconds=away.after)
        _note_problem(round_, away.problem, until)
        round_.services.meters.count("rounds", "away", "analytics")
        log.warning("uploads_away", portal=round_.view.id, problem=away.problem, after=away.after)
        return 1
    return done + looked + read


def _uploads_open(round_: Round) -> bool:
    """Whether UIS may be asked now. Without an account or a key it is looked at again after a while."""
    after = round_.view.work.upload_after
    if after is not None and after > round_.now():
        return False
    if round_.uploads is None:
        _note_problem(round_, NOT_CONNECTED, round_.now() + NO_UPLOADS)
    return round_.uploads is not None


def _note_problem(round_: Round, problem: str | None, until: datetime | None) -> None:
    with round_.noting() as row:
        row.problem, row.upload_after = problem, until


def _away(analytics: Analytics, claim: Claim, error: CrmAway) -> None:
    now, meters = analytics.services.clock.now(), analytics.services.meters
    meters.count("rounds", "away", "analytics")
    log.warning("portal_away", portal=claim.installation_id, lane="analytics", reason=error.reason)
    if error.parked:
        with analytics.services.sessions.begin() as session:
            work.fence(session, claim, now)
            park(session, claim.installation_id, error.reason, now + timedelta(seconds=error.after))
        meters.count("portals_parked", error.reason)


def _release(analytics: Analytics, claim: Claim, not_before: datetime | None) -> None:
    """Give the lane back. The fence locks its row first, so no hint that is committed can be missed."""
    services = analytics.services
    now = services.clock.now()
    with services.sessions.begin() as session:
        work.fence(session, claim, now)
        found = view.load(session, claim.installation_id)
        due = _next_due(session, claim.installation_id, found) if found and found.reachable else None
        if not_before is not None:
            due = max(due or not_before, not_before)
        work.release(session, claim, due)


def _next_due(session: Session, number: int, found: view.View) -> datetime | None:
    """When there is work again."""
    if not found.on:
        return None
    uploads = queries.next_due(session, number, UPLOAD)
    after = found.work.upload_after
    candidates = [
        queries.next_hint(session, number),
        queries.next_due(session, number, READ),
        max(uploads, after) if uploads and after else uploads,
        found.work.list_due_at,
    ]
    return min((when for when in candidates if when is not None), default=None)
