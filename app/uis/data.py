"""Data API: JSON-RPC with a key in `params`, points per minute and day. Data API: basics.

What a call says of the points is remembered with the connection, so that reading slows down in time.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.storage.models import UisConnection
from app.storage.services import Services
from app.uis.connection import Connection
from app.uis.errors import Limited, TooMany, UisError, data_error
from app.uis.wire import answer_json, hosts_of, send

PAGE = 1000
FARTHEST = 100_000
RESERVE = 0.2
"""The share of a day's points that is kept for reading chats; lists of names go without."""

_HEADERS = {"Content-Type": "application/json; charset=UTF-8"}
_LIMIT_NAMES = ("day_limit", "day_remaining", "day_reset", "minute_limit", "minute_remaining", "minute_reset")


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` of a successful call, and how many rows there are in all (None where UIS does not say)."""

    data: Any
    total: int | None
    limits: Mapping[str, Any]


def ask(services: Services, project: str, key: str, method: str, params: Mapping[str, Any]) -> Answer:
    """One call with a key. Raises NoAnswer, Limited, UisError with the code of `app.uis.errors`."""
    hosts = hosts_of(services, project)
    body = {
        "jsonrpc": "2.0", "id": secrets.token_hex(8), "method": method,
        "params": {"access_token": key, **params},
    }  # fmt: skip
    raw = json.dumps(body, ensure_ascii=False).encode()
    response = send(services, hosts, "POST", hosts.data, data=raw, headers=_HEADERS)
    answer = answer_json(response)
    if not isinstance(answer, dict):
        raise UisError("unexpected_answer", host=hosts.data, status=response.status_code)
    if isinstance(answer.get("error"), dict):
        raise data_error(answer["error"], _limits(answer["error"].get("data")))
    result = answer.get("result")
    if not isinstance(result, dict) or "data" not in result:
        raise UisError("unexpected_answer", host=hosts.data, status=response.status_code)
    metadata = result.get("metadata")
    total = metadata.get("total_items") if isinstance(metadata, dict) else None
    return Answer(result["data"], total if isinstance(total, int) else None, _limits(result))


class DataApi:
    """Calls of one connection, with its key."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self._services = services
        self._connection = connection
        self.limits = known_limits(connection.data_api, services.clock.now())

    def call(self, method: str, params: Mapping[str, Any], *, reserved: bool = False) -> Answer:
        """One call. `reserved`: may use the last points of the day (chats may, lists of names may not)."""
        key = self._connection.secret("data_api_key")
        if not reserved and points_left(self.limits) < RESERVE:
            raise Limited(float(self.limits.get("day_reset") or 3600))
        answer = ask(self._services, self._connection.project, key, method, params)
        if answer.limits:
            used = int(self.limits.get("day_remaining", 0)) - int(answer.limits.get("day_remaining", 0))
            self._services.meters.count("data_api_points", by=max(1, used))
            self.limits = answer.limits
        return answer

    def pages(self, method: str, params: Mapping[str, Any], *, reserved: bool = False) -> Iterator[Any]:
        """All rows of a reading method, page after page. Raises TooMany, at once where UIS tells their number."""
        for offset in range(0, FARTHEST + 1, PAGE):
            paging = {"limit": PAGE, "offset": offset}
            answer = self.call(method, {**params, **paging}, reserved=reserved)
            if answer.total is not None and answer.total >= FARTHEST + PAGE:
                break
            yield from answer.data
            if len(answer.data) < PAGE:
                return
        raise TooMany

    def remember(self, problem: str | None, **unread: bool | None) -> None:
        """Store what is known of the points and whether the key works (`problem`: see `app.uis.problem`).

        `names_unread`, `messages_unread`: whether names of visitors or messages of chats could not be read; None
        where nobody tried.
        """
        tried = {name: value for name, value in unread.items() if value is not None}
        self.note(tried | {"state": "broken" if problem else "ok", "problem": problem})

    def note(self, values: Mapping[str, Any]) -> None:
        """Store something with what is known of the points; the rest stays as it is."""
        now = self._services.clock.now()
        with self._services.sessions.begin() as session:
            kept = session.scalar(
                select(UisConnection).where(UisConnection.id == self._connection.id).with_for_update()
            )
            if kept is not None:
                known = {"limits": dict(self.limits), "at": now.isoformat()}
                kept.data_api = {**kept.data_api, **values, **known}


def known_limits(data_api: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """The limits last heard of; nothing once the day that they spoke of is over."""
    limits = data_api.get("limits") or {}
    at, reset = data_api.get("at"), limits.get("day_reset")
    if not at or reset is None or now >= datetime.fromisoformat(at) + timedelta(seconds=reset):
        return {}
    return dict(limits)


def points_left(limits: Mapping[str, Any]) -> float:
    """The share of the day's points that is left; 1.0 when UIS has not said."""
    most, left = limits.get("day_limit"), limits.get("day_remaining")
    return float(left) / most if isinstance(most, int) and most > 0 and isinstance(left, int) else 1.0


def pace(limits: Mapping[str, Any], usual: timedelta) -> timedelta:
    """How long to wait between reads: up to ten times longer as the day's points run out."""
    left = points_left(limits)
    return usual if left >= RESERVE else usual * min(10.0, RESERVE / max(left, RESERVE / 10))


def _limits(holder: Any) -> dict[str, Any]:
    metadata = holder.get("metadata") if isinstance(holder, dict) else None
    limits = metadata.get("limits") if isinstance(metadata, dict) else None
    if not isinstance(limits, dict):
        return {}
    return {name: limits[name] for name in _LIMIT_NAMES if isinstance(limits.get(name), int)}
