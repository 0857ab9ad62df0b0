"""Points per minute and day; one per call that succeeds (Data API: "Лимиты и ограничения")."""

import datetime as dt
from typing import Any

from sandbox.uis.data_errors import DataError
from sandbox.uis.offline import Uis


class Limits:
    """Reads the account's `points`, which all callers share. The day is that of the account's zone."""

    def __init__(self, uis: Uis) -> None:
        self._uis = uis

    def check(self) -> None:
        """Raises DataError when no point is left."""
        minute, day = self._used()
        for kind, used, most in (
            ("day", day, self._uis.day_limit),
            ("minute", minute, self._uis.minute_limit),
        ):
            if used >= most:
                raise DataError("limit_exceeded", limit_type=kind, limit_max_value=most)

    def charge(self) -> None:
        """One point, for a success."""
        for key in self._keys():
            self._uis.points[key] = self._uis.points.get(key, 0) + 1

    def metadata(self) -> dict[str, Any]:
        """`limits` as every answer carries it; resets in seconds."""
        minute, day = self._used()
        now = self._uis.clock.datetime(self._uis.zone)
        midnight = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "limits": {
                "day_limit": self._uis.day_limit,
                "day_remaining": max(0, self._uis.day_limit - day),
                "day_reset": int((midnight - now).total_seconds()) + 1,
                "minute_limit": self._uis.minute_limit,
                "minute_remaining": max(0, self._uis.minute_limit - minute),
                "minute_reset": 60 - now.second,
            }
        }

    def _used(self) -> tuple[int, int]:
        minute, day = self._keys()
        return self._uis.points.get(minute, 0), self._uis.points.get(day, 0)

    def _keys(self) -> tuple[str, str]:
        now = self._uis.clock.datetime(self._uis.zone)
        return now.strftime("minute %Y-%m-%d %H:%M"), now.strftime("day %Y-%m-%d")
