"""Users of the portal who are away, as administrators said: no method of our scopes tells of vacations."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.storage.queries import directory

NAME = "absences"


def until(session: Session, installation_id: int) -> dict[int, date]:
    """User -> last day of absence, in the portal's calendar; also of absences that are over."""
    rows = directory.items(session, installation_id, NAME) or []
    return {int(row["user_id"]): date.fromisoformat(row["until"]) for row in rows}


def keep(session: Session, installation_id: int, days: Mapping[int, date], now: datetime) -> None:
    """Replace what is known."""
    rows = [{"user_id": user_id, "until": day.isoformat()} for user_id, day in sorted(days.items())]
    directory.put(session, installation_id, NAME, rows, now)
