"""The way in: an event is stored and committed before anybody is told that we have it."""

from app.storage.queries import inbox, work
from app.storage.services import Services


def accept(
    services: Services, installation_id: int, *, source: str, kind: str, dedup_key: str, body: bytes
) -> bool:
    """Store one event and wake the portal. False when it is a repeat, which is answered like a first one.

    `source`: "uis", "bitrix" or "poll"; `kind`: path of the callback or name of the event; `body`: as received.
    """
    now = services.clock.now()
    with services.engine.begin() as connection:
        fresh = inbox.store(
            connection, installation_id=installation_id, source=source, kind=kind,
            dedup_key=dedup_key, body=body, now=now,
        )  # fmt: skip
        if fresh:
            work.due_by(connection, installation_id, now)
    if fresh:
        services.wake(installation_id)
    return fresh
