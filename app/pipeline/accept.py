"""The way in: an event is stored and committed before anybody is told that we have it."""

import structlog

from app.storage.queries.inbox import Arrival
from app.storage.services import Services

log = structlog.get_logger()


def accept(
    services: Services, installation_id: int, *, source: str, kind: str, dedup_key: str, body: bytes
) -> bool:
    """Store one event, and wake the portal if it was idle. False for a repeat, which is answered like a first one.

    `source`: "uis", "bitrix" or "poll"; `kind`: path of the callback or name of the event; `body`: as received.
    """
    event = Arrival(
        installation_id=installation_id, source=source, kind=kind, dedup_key=dedup_key, body=body,
        now=services.clock.now(),
    )  # fmt: skip
    stored = services.writer.store(services.engine, event)
    services.meters.count("events", source, "fresh" if stored.fresh else "repeat")
    log.debug(
        "event_accepted", portal=installation_id, source=source, kind=kind, key=dedup_key, fresh=stored.fresh
    )
    if stored.fresh:
        services.wake.events(installation_id, stored.roused)
    return stored.fresh
