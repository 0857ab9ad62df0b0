"""The live log of the hub: requests of the application to the vendors, deliveries of the vendors to it."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from sandbox.pages.assets import ZONE

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.uis import Uis
    from sandbox.world import World

NEWEST = 200
Row = dict[str, Any]


def log_rows(world: "World") -> list[Row]:
    """The newest rows of all logs, newest first: `{at, direction, operation, status, good, duration}`, all texts."""
    rows = _callbacks(world.uis) + _tokens(world)
    for portal in world.portals:
        rows += _requests(portal) + _events(portal)
    rows.sort(key=lambda row: row["moment"], reverse=True)
    return [_shown(row) for row in rows[:NEWEST]]


def _requests(portal: "Portal") -> list[Row]:
    return [
        {
            "moment": each.at,
            "direction": f"→ {portal.title}",
            "operation": f"batch: {_short(each.commands)}" if each.commands else each.method,
            "status": each.error or str(each.status),
            "good": not each.error and each.status < 400,
            "duration": f"{each.duration_ms:.0f} ms",
        }
        for each in [*portal.requests][-NEWEST:]
    ]


def _events(portal: "Portal") -> list[Row]:
    """Events are stamped with whole seconds, and never timed."""
    return [
        {
            "moment": float(dict(each.form)["ts"]),
            "direction": f"{portal.title} →",
            "operation": each.event,
            "status": each.error or each.fault or str(each.status or "…"),
            "good": not each.error and not each.fault and (each.status or 200) < 400,
            "duration": "",
        }
        for each in [*portal.events.deliveries][-NEWEST:]
    ]


def _tokens(world: "World") -> list[Row]:
    return [
        {
            "moment": at,
            "direction": "→ OAuth",
            "operation": operation,
            "status": status,
            "good": status.startswith("2"),
            "duration": "",
        }
        for at, operation, status in [*world.oauth.requests][-NEWEST:]
    ]


def _callbacks(uis: "Uis") -> list[Row]:
    return [
        {
            "moment": each.created,
            "direction": "UIS →",
            "operation": f"{each.method} {each.path}",
            "status": str(each.status or each.error or each.outcome)[:120],
            "good": each.outcome in ("delivered", "queued", "held"),
            "duration": "" if each.latency_s is None else f"{each.latency_s * 1000:.0f} ms",
        }
        for each in uis.deliveries[-NEWEST:]
    ]


def _short(commands: tuple[str, ...]) -> str:
    names = list(dict.fromkeys(commands))
    return f"{len(commands)} × ({', '.join(names[:4])}{', …' if len(names) > 4 else ''})"


def _shown(row: Row) -> Row:
    at = dt.datetime.fromtimestamp(row.pop("moment"), ZONE)
    return {"at": at.strftime("%H:%M:%S.%f")[:-3], **row}
