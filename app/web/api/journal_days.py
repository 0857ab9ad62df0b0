"""The journal day by day: how many communications began, and what became of them."""

from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain.settings import FieldError
from app.storage.database import reading
from app.storage.queries import journal
from app.uis.reports.chat_rows import zone
from app.web.api.journal import begins
from app.web.api.spec import call
from app.web.caller import caller, services
from app.web.problems import Problem, field_messages

SHOWN = 30
MOST = 92


class Period(BaseModel):
    """Days of the portal's time zone, both included; the last 30 when nothing is said."""

    since: date | None = None
    until: date | None = None


class Day(BaseModel):
    """Communications that began on a day. `created`: something new was made for them in the CRM."""

    day: date
    received: int
    created: int
    filtered: int
    failed: int = Field(description="refused, or in doubt")
    waiting: int


class Days(BaseModel):
    """Every day of the period, the earliest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "day": "2026-01-12",
                            "received": 40,
                            "created": 31,
                            "filtered": 6,
                            "failed": 1,
                            "waiting": 2,
                        }
                    ]
                }
            ]
        }
    )

    items: list[Day]


@call("GET", "/journal/days", answer=Days, open_to="admin")
def days(query: Period) -> Any:
    """Received, created, filtered out and failed, day by day."""
    who = caller()
    first, last = _bounds(query, who.installation.timezone)
    with services().sessions() as session:
        reading(session)
        found = []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            since = begins(day, who.installation.timezone)
            until = begins(day + timedelta(days=1), who.installation.timezone)
            found.append(_day(day, journal.counts(session, who.installation_id, since, until)))
    return {"items": found}


def _bounds(query: Period, timezone: str) -> tuple[date, date]:
    """The first and the last day. Raises Problem (422)."""
    day = services().clock.now().astimezone(zone(timezone)).date()
    last = min(query.until or day, day)
    first = query.since or last - timedelta(days=SHOWN - 1)
    if not 0 <= (last - first).days < MOST:
        raise Problem(
            422, "not_valid", errors=field_messages([FieldError("since", "period", {"most": MOST})])
        )
    return first, last


def _day(day: date, counts: dict[tuple[str, bool], int]) -> dict[str, Any]:
    def of(*states: str) -> int:
        return sum(count for (state, _), count in counts.items() if state in states)

    return {
        "day": day.isoformat(),
        "received": sum(counts.values()),
        "created": sum(count for (_, made), count in counts.items() if made),
        "filtered": of("filtered"),
        "failed": of(*journal.TROUBLED),
        "waiting": of("waiting"),
    }
