"""Taking events in under a claim; one that breaks what nobody foresaw holds up only itself."""

from collections.abc import Callable

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base.file_links import FileLinks
from app.pipeline import intake
from app.pipeline.intake import ROWS
from app.pipeline.road import Road
from app.pipeline.view import Portal, load
from app.storage.database import reading
from app.storage.models import InboxRow, MailWork
from app.storage.queries import inbox, work
from app.storage.queries.work import Claim, ClaimLost
from app.storage.services import Services

log = structlog.get_logger()


def take_in(
    road: Road, claim: Claim, prepare: Callable[[Portal], None] = lambda portal: None
) -> tuple[int, Portal | None]:
    """Fold in what waits, at most ROWS events. Returns how many were taken, and the portal as it is now.

    Either lane may do it, in transactions that exclude each other. `prepare`: done while a moment is waited for.
    """
    try:
        return _take_some(road, claim, ROWS, prepare)
    except (ClaimLost, OperationalError):
        raise
    except Exception:
        log.exception("intake_broke", portal=claim.installation_id)
        return _take_singly(road, claim)


def _take_some(
    road: Road, claim: Claim, most: int, prepare: Callable[[Portal], None] = lambda portal: None
) -> tuple[int, Portal | None]:
    """What only reads is done before anybody is kept from writing: on SQLite the doors would wait for it too."""
    services = road.services
    with services.sessions() as session:
        portal = load(
            reading(session), claim.installation_id, services.config.settle, services.clock.now(),
            _links(services),
        )  # fmt: skip
    if portal is None:
        return 0, None
    road.wait_for(claim, lambda: prepare(portal))
    with services.sessions() as session:
        if not inbox.has_pending(reading(session), claim.installation_id):
            return 0, portal
    with services.sessions.begin() as session:
        _fence(session, claim, services)
        taken = intake.take_in(session, portal, road.parsers, services.clock.now(), most)
    for lag in taken.lags:
        services.meters.observe("fold_lag_seconds", lag)
    for source in taken.unreadable:
        services.meters.count("events", source, "unreadable")
    if taken.letters:
        services.wake.mail(claim.installation_id)
    if taken.rows:
        services.wake.news(claim.installation_id)
    return taken.rows, portal


def _fence(session: Session, claim: Claim, services: Services) -> None:
    if claim.lane is MailWork:
        work.hold(session, claim.installation_id)
    work.fence(session, claim, services.clock.now())


def _take_singly(road: Road, claim: Claim) -> tuple[int, Portal | None]:
    """One event breaks what nobody foresaw: it is set aside for an engineer to see, the others go on."""
    taken, portal = 0, None
    for _ in range(ROWS):
        row = _next(road, claim)
        try:
            taken, portal = _take_some(road, claim, 1)
        except (ClaimLost, OperationalError):
            raise
        except Exception as error:
            if row is None:
                raise
            _set_aside(road, claim, row, error)
            continue
        if taken == 0:
            break
    return taken, portal


def _next(road: Road, claim: Claim) -> InboxRow | None:
    with road.services.sessions() as session:
        return next(iter(inbox.pending(reading(session), claim.installation_id, 1)), None)


def _set_aside(road: Road, claim: Claim, row: InboxRow, error: Exception) -> None:
    """The other lane may have taken it meanwhile: then the one behind it is not to blame."""
    services = road.services
    with services.sessions.begin() as session:
        _fence(session, claim, services)
        first = inbox.pending(session, claim.installation_id, 1)
        if not first or first[0].id != row.id:
            return
        inbox.mark_failed(session, row.id, f"internal:{type(error).__name__}")
    services.meters.count("events", row.source, "broke")
    log.error(
        "event_not_folded", portal=claim.installation_id, event_id=row.id, source=row.source, kind=row.kind,
        exc_info=error,
    )  # fmt: skip


def _links(services: Services) -> FileLinks:
    return FileLinks(services.config, services.clock)
