"""What became of dialogs, counted for people. Served by ix_analytics_dialog_installation_id_day_id."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from app.domain.dialogs import UNDERWAY, DialogState
from app.storage.models import AnalyticsDialog


@dataclass(frozen=True, slots=True)
class Cell:
    """Dialogs of one day, line and connector in one state for one reason."""

    day: str
    line_id: int
    connector: str
    state: str
    reason: str | None
    problem: str | None
    count: int
    captured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which dialogs: days are inclusive, None leaves the question open."""

    first: str
    last: str
    line_id: int | None = None
    connector: str | None = None
    states: Collection[DialogState] = ()
    reason: str | None = None


def cells(session: Session, installation_id: int, chosen: Chosen) -> list[Cell]:
    """Dialogs by day, line, connector, state and reason."""
    row = AnalyticsDialog
    groups: tuple[Any, ...] = (row.day, row.line_id, row.connector, row.state, row.reason, row.problem)
    captured = func.sum(case((row.visitor_session_id.is_not(None), 1), else_=0))
    query = select(*groups, func.count(), captured).where(_where(installation_id, chosen)).group_by(*groups)
    return [
        Cell(day, line, connector, state, reason, problem, int(count), int(with_session or 0))
        for day, line, connector, state, reason, problem, count, with_session in session.execute(query)
    ]


def page(
    session: Session, installation_id: int, chosen: Chosen, *, before: int | None, limit: int
) -> Sequence[AnalyticsDialog]:
    """At most `limit` dialogs with an id below `before`, newest first."""
    query = select(AnalyticsDialog).where(_where(installation_id, chosen))
    if before is not None:
        query = query.where(AnalyticsDialog.id < before)
    return session.scalars(query.order_by(AnalyticsDialog.id.desc()).limit(limit)).all()


def overdue(session: Session, installation_id: int, before: datetime) -> int:
    """Dialogs under way that should have been looked at before this moment. Served by ix_analytics_dialog_due."""
    query = select(func.count()).where(
        AnalyticsDialog.installation_id == installation_id,
        AnalyticsDialog.due_at <= before,
        AnalyticsDialog.state.in_(UNDERWAY),
    )
    return int(session.scalar(query) or 0)


def unheard(session: Session, installation_id: int, first: str, last: str) -> tuple[int, int]:
    """Dialogs that are tied to a lead or deal: how many no event told of, and how many there are."""
    row = AnalyticsDialog
    tied = and_(
        _where(installation_id, Chosen(first=first, last=last)),
        row.deal_id.is_not(None) | row.lead_id.is_not(None),
    )
    listed = func.sum(case((row.via == "list", 1), else_=0))
    found = session.execute(select(listed, func.count()).where(tied)).one()
    return int(found[0] or 0), int(found[1])


def _where(installation_id: int, chosen: Chosen) -> ColumnElement[bool]:
    row = AnalyticsDialog
    wanted = [row.installation_id == installation_id, row.day >= chosen.first, row.day <= chosen.last]
    if chosen.line_id is not None:
        wanted.append(row.line_id == chosen.line_id)
    if chosen.connector is not None:
        wanted.append(row.connector == chosen.connector)
    if chosen.states:
        wanted.append(row.state.in_(chosen.states))
    if chosen.reason is not None:
        wanted.append(row.reason == chosen.reason)
    return and_(*wanted)
