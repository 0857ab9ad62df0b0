"""One at a time: two administrators who connect at once must not make two adapters or accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import or_, update

from app.storage.models import UisConnection
from app.storage.queries.counted import changed
from app.storage.services import Services
from app.uis.errors import UisError

LENGTH = timedelta(seconds=120)


class Lease:
    """The right to change one connection at UIS, until it ends or is lost."""

    def __init__(self, services: Services, connection_id: int) -> None:
        self._services = services
        self._connection_id = connection_id
        self._until: datetime | None = None

    def renew(self) -> None:
        """Take or lengthen it; before every request. Raises UisError (joining) when somebody else has it."""
        now = self._services.clock.now()
        mine = UisConnection.lease_until == self._until
        free = or_(UisConnection.lease_until.is_(None), UisConnection.lease_until <= now)
        until = now + LENGTH
        if until == self._until:
            until += timedelta(microseconds=1)  # the moment is also what tells two holders apart
        if not self._set(until, mine if self._until else free):
            raise UisError("joining")
        self._until = until

    def release(self) -> None:
        """Let the next one in; nothing when it was lost meanwhile or the connection is gone."""
        if self._until is not None:
            self._set(None, UisConnection.lease_until == self._until)

    def _set(self, until: datetime | None, condition: object) -> bool:
        query = update(UisConnection).where(UisConnection.id == self._connection_id, condition)  # type: ignore[arg-type]
        with self._services.sessions.begin() as session:
            return changed(session, query.values(lease_until=until)) == 1


@contextmanager
def lease(services: Services, connection_id: int) -> Iterator[Lease]:
    """Raises UisError (joining) when somebody else is at it."""
    held = Lease(services, connection_id)
    held.renew()
    try:
        yield held
    finally:
        held.release()
