"""What analytics knows of a portal when it begins to work on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.settings import OpenLinesAnalytics, parse
from app.pipeline.view import section, works
from app.rules.analytics.upload import Desk
from app.rules.identity import numbers_in
from app.storage.models import AnalyticsWork, Installation, InstallationState, UisChannel, UisConnection
from app.storage.queries import directory

SECTION = "open_lines_analytics"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One portal. `on`: its sessions may be worked on; `listening`: events that it should be subscribed to."""

    id: int
    member_id: str
    lang: str
    zone: ZoneInfo
    on: bool
    reachable: bool
    settings: OpenLinesAnalytics
    pairs: dict[int, int]
    own_numbers: frozenset[str]
    work: AnalyticsWork

    @property
    def listening(self) -> list[str]:
        return sorted(self.settings.events) if self.settings.enabled else []

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.settings.idle_minutes)

    def desk(self, now: datetime) -> Desk:
        """What the rules are given."""
        return Desk(
            settings=self.settings, pairs=self.pairs, own_numbers=self.own_numbers, lang=self.lang, now=now
        )

    def day(self, at: datetime) -> str:
        """The day of a moment as the reports of UIS count it."""
        return at.astimezone(self.zone).date().isoformat()


def settings_of(session: Session, installation_id: int) -> OpenLinesAnalytics:
    """The section in force."""
    found = parse(SECTION, section(session, installation_id, SECTION))
    assert isinstance(found, OpenLinesAnalytics)
    return found


def events_of(session: Session, installation_id: int) -> list[str]:
    """Events of new leads and deals that a portal should be subscribed to."""
    found = settings_of(session, installation_id)
    return sorted(found.events) if found.enabled else []


def load(session: Session, installation_id: int) -> View | None:
    """Read a portal; None when it is gone."""
    row = session.get(Installation, installation_id)
    if row is None:
        return None
    connection = session.scalar(select(UisConnection).where(UisConnection.installation_id == row.id))
    settings = settings_of(session, row.id)
    return View(
        id=row.id,
        member_id=row.member_id,
        lang="ru" if row.lang == "ru" else "en",
        zone=_zone(connection.timezone if connection else row.timezone),
        on=settings.enabled and works(session, row.id),
        reachable=row.state == InstallationState.ACTIVE,
        settings=settings,
        pairs={e.user_id: e.uis_id for e in directory.employees(session, row.id) if e.user_id and e.active},
        own_numbers=_own_numbers(session, connection),
        work=session.get_one(AnalyticsWork, row.id),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        return ZoneInfo("Europe/Moscow")


def _own_numbers(session: Session, connection: UisConnection | None) -> frozenset[str]:
    if connection is None:
        return frozenset()
    names = session.scalars(select(UisChannel.name).where(UisChannel.connection_id == connection.id))
    return frozenset[str]().union(*(numbers_in(name) for name in names))
