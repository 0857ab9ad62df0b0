"""What every part of a round is given, and how it writes: under the fence of its claim, in short transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.pipeline.analytics.sides import Lines, Rhythm, Sides, Uploads
from app.pipeline.analytics.view import View
from app.storage.models import AnalyticsWork
from app.storage.queries import work
from app.storage.queries.work import Claim
from app.storage.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """Everything that working on a portal's analytics needs beside the services."""

    services: Services
    sides: Sides
    rhythm: Rhythm


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round over one portal."""

    services: Services
    rhythm: Rhythm
    claim: Claim
    view: View
    lines: Lines
    uploads: Uploads | None

    def now(self) -> datetime:
        return self.services.clock.now()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction of the holder. Raises ClaimLost when somebody else has the portal."""
        with self.services.sessions.begin() as session:
            work.fence(session, self.claim, self.now())
            yield session

    @contextmanager
    def noting(self) -> Iterator[AnalyticsWork]:
        """The same, for what is remembered of the portal."""
        with self.writing() as session:
            yield session.get_one(AnalyticsWork, self.view.id)
