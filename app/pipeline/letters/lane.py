"""The mail lane: letters of a portal are carried beside its drain, so that messages do not wait for the CRM.

It takes events in as well: while the drain works on a long round, what a client writes still becomes a letter.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from app.pipeline.intake import ROWS
from app.pipeline.letters.carrier import IN_FLIGHT, Carrier
from app.pipeline.parking import park
from app.pipeline.road import BROKEN_PAUSE, Road
from app.pipeline.taking import take_in
from app.pipeline.view import works
from app.storage.database import reading
from app.storage.models import MailWork
from app.storage.queries import inbox, work
from app.storage.queries.work import Claim, ClaimLost
from app.storage.services import Services

log = structlog.get_logger()
MOST_TAKES = 40
"""A stream of events that never ends must not keep letters for ever."""


def deliver(road: Road, installation_id: int, holder: str) -> bool:
    """Carry a portal's letters until nothing is due. False when somebody else does, which is normal."""
    services = road.services
    now, ttl = services.clock.now(), services.config.claim_ttl
    with services.sessions.begin() as session:
        claim = work.claim(session, installation_id, holder, now, ttl, MailWork)
    if claim is None:
        return False
    try:
        _guarded_rounds(road, claim)
    except ClaimLost:
        services.meters.count("claims_lost")
        log.warning("claim_lost", portal=installation_id, lane="mail")
    return True


def _guarded_rounds(road: Road, claim: Claim) -> None:
    """What nobody foresaw must not keep the claim until it runs out: the portal is tried again soon."""
    try:
        carrier = _rounds(road, claim)
    except ClaimLost:
        raise
    except Exception:
        road.services.meters.count("rounds", "broke", "mail")
        log.exception("mail_broke", portal=claim.installation_id)
        _release(road.services, claim, road.services.clock.now() + BROKEN_PAUSE)
    else:
        _release(road.services, claim, carrier)


def _rounds(road: Road, claim: Claim) -> Carrier | None:
    """Rounds until nothing moves. Returns the last round, None when the portal may not be worked on."""
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix=f"mail-{claim.installation_id}") as pool:
        while True:
            taken = _take_in(road, claim)
            carrier = _carrier(road, claim)
            carried = carrier.run(pool) if carrier else 0
            if carrier:
                _note_away(road.services, claim, carrier)
            if not taken and not carried:
                return carrier


def _take_in(road: Road, claim: Claim) -> int:
    """What waits is taken in before letters leave: messages that came shuffled leave in their order."""
    taken = 0
    for _ in range(MOST_TAKES):
        with road.services.sessions() as session:
            if not inbox.has_pending(reading(session), claim.installation_id):
                break
        some, _ = take_in(road, claim)
        taken += some
        if some < ROWS:
            break
    if taken:
        road.services.wake(claim.installation_id)  # what came in may be due for the CRM
    return taken


def _carrier(road: Road, claim: Claim) -> Carrier | None:
    if road.mail is None:
        return None
    with road.services.sessions() as session:
        allowed = works(reading(session), claim.installation_id)
    return Carrier(road.services, claim, road.mail) if allowed else None


def _note_away(services: Services, claim: Claim, carrier: Carrier) -> None:
    parked = next((error for error in carrier.away.values() if error.parked), None)
    if parked is None:
        return
    now = services.clock.now()
    with services.sessions.begin() as session:
        work.fence(session, claim, now)
        park(session, claim.installation_id, parked.reason, now + timedelta(seconds=parked.after))
    services.meters.count("portals_parked", parked.reason)


def _release(services: Services, claim: Claim, next_: Carrier | datetime | None) -> None:
    """Give the lane back. The fence locks its row first, so no letter that was posted can be missed."""
    now = services.clock.now()
    with services.sessions.begin() as session:
        work.fence(session, claim, now)
        due = next_.next_due(session, now) if isinstance(next_, Carrier) else next_
        work.release(session, claim, due)
