"""Times of the Data API: `YYYY-MM-DD hh:mm:ss` in the zone of the account, without a mark of it."""

import calendar
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.uis.data_errors import DataError

FORMAT = "%Y-%m-%d %H:%M:%S"
REPORT_DAYS = 90
REPORT_MONTHS = 3


def text_of(moment: float | None, zone: ZoneInfo) -> str | None:
    """A unix moment as the reports write it."""
    return None if moment is None else dt.datetime.fromtimestamp(moment, zone).strftime(FORMAT)


def moment_of(text: str, zone: ZoneInfo, field: str) -> float:
    """The unix moment of a text in the account's zone; raises DataError for a day that does not exist."""
    try:
        return dt.datetime.strptime(text, FORMAT).replace(tzinfo=zone).timestamp()
    except ValueError:
        raise DataError("invalid_parameter_value", field, text) from None


def window(params: dict[str, Any], zone: ZoneInfo, days: int = REPORT_DAYS) -> tuple[float, float]:
    """`date_from` and `date_till` as moments, inclusive to the second; raises DataError when too wide.

    The list of errors says three months, the page of the reports ninety days: neither may be passed.
    """
    start, end = (moment_of(params[name], zone, name) for name in ("date_from", "date_till"))
    if end < start:
        raise DataError("invalid_parameter_value", "date_till", params["date_till"])
    if end - start > days * 86400 or params["date_till"] > _months_later(params["date_from"]):
        raise DataError("date_interval_limit_reached", "date_till", params["date_till"])
    return start, end + 1


def _months_later(text: str) -> str:
    """The same time of the day three months later, or of the last day of that month."""
    since = dt.datetime.strptime(text, FORMAT).replace(tzinfo=dt.UTC)
    year, month = divmod(since.year * 12 + since.month - 1 + REPORT_MONTHS, 12)
    day = min(since.day, calendar.monthrange(year, month + 1)[1])
    return since.replace(year=year, month=month + 1, day=day).strftime(FORMAT)
