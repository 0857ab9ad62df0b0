"""Users of the portal who are away, as the portal tells it and as administrators said."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.storage.queries import directory

NAME = "absences"


def until(session: Session, installation_id: int) -> dict[int, date]:
    """User -> last day of absence, in the portal's calendar; also of absences that are over."""
    rows = directory.items(session, installation_id, NAME) or []
    return {int(row["user_id"]): date.fromisoformat(row["until"]) for row in rows}


def away(session: Session, installation_id: int, today: date) -> dict[int, str]:
    """User -> end of an absence that is not over (ISO 8601; a day when an administrator said it). `today`: in the
    portal's calendar."""
    users = directory.items(session, installation_id, "users") or []
    told = {int(user["id"]): str(user["absent"]) for user in users if user.get("absent")}
    found = {number: end for number, end in told.items() if end[:10] >= today.isoformat()}
    said = until(session, installation_id)
    return found | {number: last.isoformat() for number, last in said.items() if last >= today}


def keep(session: Session, installation_id: int, days: Mapping[int, date], now: datetime) -> None:
    """Replace what is known."""
    rows = [{"user_id": user_id, "until": day.isoformat()} for user_id, day in sorted(days.items())]
    directory.put(session, installation_id, NAME, rows, now)
