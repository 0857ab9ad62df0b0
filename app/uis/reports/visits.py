"""The history of a visitor's visits. Data API: `get.visitor_sessions_report`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from app.storage.services import Services
from app.uis.connection import of_installation
from app.uis.data import DataApi
from app.uis.errors import UisError
from app.uis.reports.chat_rows import FARTHEST, local, moment, zone

AHEAD = timedelta(days=1)
"""A visit of this minute is among them, whatever the clocks say."""
MOST = 50
FIELDS = (
    "id", "date_time", "source_name", "campaign_name", "search_query", "entrance_page", "referrer", "visitor_city",
    "visitor_device", "hits",
)  # fmt: skip
PAGES = 30


def visits(services: Services, installation_id: int, visitor_id: int) -> list[dict[str, Any]]:
    """Visits of nearly three months, the latest first, as the API of the workplace tells them (`Visit`).

    Within the points of the day: the last fifth of them is kept for chats. Raises UisError.
    """
    connection = of_installation(services, installation_id)
    if connection is None:
        raise UisError("not_connected")
    tz, now = zone(connection.timezone), services.clock.now()
    api = DataApi(services, connection)
    rows = api.call(
        "get.visitor_sessions_report",
        {
            "date_from": local(now + AHEAD - FARTHEST, tz),
            "date_till": local(now + AHEAD, tz),
            "filter": {"field": "visitor_id", "operator": "=", "value": visitor_id},
            "fields": list(FIELDS),
            "limit": MOST,
        },
    ).data
    found = [_visit(row, moment(row.get("date_time"), tz)) for row in rows if isinstance(row, Mapping)]
    return sorted((row for row in found if row["at"]), key=lambda row: str(row["at"]), reverse=True)


def _visit(row: Mapping[str, Any], at: Any) -> dict[str, Any]:
    hits = row.get("hits") or []
    pages = [_page(hit.get("hit_url")) for hit in hits if isinstance(hit, Mapping)]
    return {
        "at": at.isoformat() if at else None,
        "source": row.get("source_name") or None,
        "campaign": row.get("campaign_name") or None,
        "query": row.get("search_query") or None,
        "entrance": _page(row.get("entrance_page")),
        "referrer": _page(row.get("referrer")),
        "city": row.get("visitor_city") or None,
        "device": row.get("visitor_device") or None,
        "pages": [page for page in pages if page][:PAGES],
    }


def _page(address: Any) -> str | None:
    """An address of the web; anything else (`javascript:` among it) is none."""
    try:
        good = urlsplit(str(address)).scheme in ("http", "https")
    except ValueError:
        good = False
    return str(address) if good else None
