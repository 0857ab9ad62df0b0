"""What both readers of reports share: events stored in few transactions, ids asked for in few calls."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from app.storage.models import InboxRow
from app.storage.queries import inbox, work
from app.storage.services import Services

IDS_PER_CALL = 100
ROWS_PER_COMMIT = 500

Event = tuple[str, str, bytes]
"""Kind, dedup key and body of an inbox row."""
Item = TypeVar("Item")


def store(services: Services, installation_id: int, events: Sequence[Event], now: datetime) -> list[Event]:
    """Store events read from reports and wake the portal; those that were not known before."""
    fresh: list[Event] = []
    for some in chunks(events, ROWS_PER_COMMIT):
        fresh += _commit(services, installation_id, some, now)
    services.meters.count("events", "poll", "fresh", by=len(fresh))
    services.meters.count("events", "poll", "repeat", by=len(events) - len(fresh))
    if fresh:
        services.wake(installation_id)
    return fresh


def _commit(services: Services, installation_id: int, events: Sequence[Event], now: datetime) -> list[Event]:
    arrivals = [
        inbox.Arrival(
            installation_id=installation_id, source="poll", kind=kind, dedup_key=key, body=body, now=now
        )
        for kind, key, body in events
    ]
    with services.engine.begin() as connection:
        new = inbox.store_all(connection, arrivals)
        fresh = [event for event, is_new in zip(events, new, strict=True) if is_new]
        if fresh:
            work.due_by(connection, installation_id, now)
    return fresh


def stored_keys(services: Services, installation_id: int, keys: Sequence[str]) -> set[str]:
    """Which of these keys the inbox has. Served by its unique key."""
    found: set[str] = set()
    with services.sessions() as session:
        for some in chunks(keys, ROWS_PER_COMMIT):
            query = select(InboxRow.dedup_key).where(
                InboxRow.installation_id == installation_id, InboxRow.dedup_key.in_(some)
            )
            found |= set(session.scalars(query))
    return found


def any_of(field: str, values: Sequence[int] | Sequence[str]) -> dict[str, Any]:
    """A filter for some ids: the operator `in` is not there for every method, trees are."""
    filters = [{"field": field, "operator": "=", "value": value} for value in values]
    return {"filters": filters, "condition": "or"}


def chunks(items: Sequence[Item], size: int = IDS_PER_CALL) -> Iterator[Sequence[Item]]:
    """The items in pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
