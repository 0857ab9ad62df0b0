"""Control of the portals over HTTP, next to the general `/_control`: state, settings, actions. JSON in and out.

`GET /_control/portals`, `GET /_control/portals/<n>` the state, `POST /_control/portals/<n>/settings` switches,
`POST /_control/portals/<n>/<action>` with the keyword arguments of the action; a wrong order answers 400 in words.
"""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests
from flask import Blueprint, Response, request

from sandbox.bitrix.crm.items import as_json
from sandbox.bitrix.crm.timeline import Activity, Comment
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines.control import LINE_ACTIONS, lines_json
from sandbox.bitrix.robots import run_json as robot_run_json
from sandbox.bitrix.robots import run_robot
from sandbox.bitrix.triggers import summary as trigger_json
from sandbox.core.http import json_answer

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.world import World

ENTITIES = {"leads": 1, "deals": 2, "contacts": 3, "companies": 4}
PLAIN_SETTINGS = ("round_trip_ms", "command_ms", "method_ms", "operating_cost", "deleted", "license")


def create_portal_control(world: "World") -> Blueprint:
    """Blueprint for the hub."""
    control = Blueprint("portal_control", __name__, url_prefix="/_control/portals")
    for kind in (ValueError, KeyError, TypeError, LookupError, RestError, requests.RequestException):
        control.register_error_handler(kind, _refuse)

    @control.get("")
    def portals() -> Response:
        return json_answer({"portals": [summary(portal) for portal in world.portals]})

    @control.post("")
    def add_portal() -> Response:
        return json_answer(summary(world.add_portal(**request.get_json())), 201)

    @control.get("/<int:number>")
    def one(number: int) -> Response:
        return json_answer(state(world.portals[number - 1]))

    @control.post("/<int:number>/settings")
    def settings(number: int) -> Response:
        return json_answer(apply_settings(world.portals[number - 1], request.get_json()))

    @control.post("/<int:number>/<action>")
    def act(number: int, action: str) -> Response:
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action!r}; known: {', '.join(ACTIONS)}")
        return json_answer(
            {"result": _shown(ACTIONS[action](world.portals[number - 1], **request.get_json()))}
        )

    return control


def _refuse(error: Exception) -> Response:
    return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)


def _shown(result: Any) -> Any:
    if isinstance(result, requests.Response):
        return {"status": result.status_code, "text": result.text[:2000]}
    return result if isinstance(result, str | int | float | bool | dict | list) else None


def summary(portal: "Portal") -> dict[str, Any]:
    """Address, installation and counters of a portal."""
    with portal.lock:
        found = portal.installation
        return {
            "number": portal.number,
            "title": portal.title,
            "url": portal.url,
            "member_id": portal.member_id,
            "installed": bool(found and found.finished),
            "counters": counters(portal),
        }


def counters(portal: "Portal") -> dict[str, Any]:
    """How much there is, and how it was asked for."""
    rows = [*portal.requests]
    timeline = portal.crm.timeline
    counted: dict[str, Any] = {name: len(portal.crm.items[number]) for name, number in ENTITIES.items()}
    return counted | {
        "comments": len(timeline.comments),
        "activities": len(timeline.activities),
        "notifications": len(portal.notifications),
        "traces": len(portal.crm.traces),
        "requests": len(rows),
        "commands": sum(len(row.commands) or 1 for row in rows),
        "by_method": dict(Counter(row.method for row in rows)),
        "refused": portal.refused,
        "violations": portal.violations[-50:],
        "refreshes": portal.world.oauth.refreshes,
    }


def state(portal: "Portal") -> dict[str, Any]:
    """Everything in a portal: entities with fields, timeline, notifications, handlers, placements, requests."""
    with portal.lock:
        crm = portal.crm
        entities = {
            name: [as_json(crm, item) for item in crm.items[number].values()]
            for name, number in ENTITIES.items()
        }
        return summary(portal) | {
            "entities": entities,
            "comments": [_comment(row) for row in crm.timeline.comments.values()],
            "activities": [_activity(row) for row in crm.timeline.activities.values()],
            "notifications": [
                {"id": row.id, "user_id": row.user_id, "message": row.message, "tag": row.tag}
                for row in portal.notifications
            ],
            "handlers": [{"event": row.event, "url": row.url} for row in portal.handlers],
            "placements": [{"placement": row.code, "handler": row.handler} for row in portal.placements],
            "connectors": {
                row.id: {str(k): v for k, v in row.lines.items()} for row in portal.connectors.values()
            },
            "open_lines": lines_json(portal),
            "robots": [*portal.robots],
            "robot_runs": [robot_run_json(row) for row in portal.robot_runs],
            "triggers": [trigger_json(row) for row in portal.triggers.values()],
            "trigger_runs": [{"code": row.code, "owner": row.owner} for row in portal.trigger_runs],
            "events": [
                {"event": row.event, "status": row.status} for row in [*portal.events.deliveries][-100:]
            ],
            "requests": [
                {
                    "at": row.at,
                    "method": row.method,
                    "commands": [*row.commands],
                    "status": row.status,
                    "error": row.error,
                }
                for row in [*portal.requests][-200:]
            ],
        }


def _comment(row: Comment) -> dict[str, Any]:
    return {"id": row.id, "text": row.text, "created": row.created, "owners": row.owners, "log": row.log} | {
        "files": [name for name, _ in row.files]
    }


def _activity(row: Activity) -> dict[str, Any]:
    return {
        "id": row.id,
        "owners": row.owners,
        "fields": row.fields,
        "layout": row.layout,
        "badge": row.badge,
    }


def apply_settings(portal: "Portal", values: dict[str, Any]) -> dict[str, Any]:
    """Latency, limits and modes; raises ValueError for an unknown name. Answers what was set."""
    for name, value in values.items():
        if name in PLAIN_SETTINGS:
            setattr(portal, name, value)
        elif name in ("rate", "burst"):
            setattr(portal.bucket, name, float(value))
        elif name == "operating_limit_s":
            portal.operating.limit_s = float(value)
        elif name == "simple_crm":
            portal.crm.simple = bool(value)
        elif name == "open_lines":
            portal.open_lines.switches.change(value)
        else:
            known = (*PLAIN_SETTINGS, "rate", "burst", "operating_limit_s", "simple_crm", "open_lines")
            raise ValueError(f"unknown setting {name!r}; known: {', '.join(known)}")
    return values


def _install(portal: "Portal", user_id: int = 1) -> dict[str, Any]:
    """The whole installation without a browser: installer frame, then `installFinish`."""
    answer = portal.open_installer(user_id=user_id)
    portal.finish_install()
    return {"status": answer.status_code, "text": answer.text[:2000]}


def _frame(
    portal: "Portal", path: str, user_id: int = 1, placement: str = "DEFAULT", **options: Any
) -> dict[str, Any]:
    """The form that a browser would post, for scripts that post it themselves."""
    frame = portal.frame(portal.world.card.url + path, user_id, placement, options or None)
    return {"url": frame.url, "fields": frame.fields}


def _run_robot(portal: "Portal", **order: Any) -> dict[str, Any]:
    return robot_run_json(run_robot(portal, **order))


def _set_trigger(portal: "Portal", code: str, move_to: str = "") -> dict[str, Any]:
    portal.triggers[code].move_to = move_to
    return trigger_json(portal.triggers[code])


def _expire(portal: "Portal") -> int:
    return portal.world.oauth.expire_access(portal.member_id)


ACTIONS: dict[str, Callable[..., Any]] = {
    **LINE_ACTIONS,
    "run_robot": _run_robot,
    "set_trigger": _set_trigger,
    "install": _install,
    "frame": _frame,
    "begin_installation": lambda portal, user_id=1: portal.begin_installation(user_id).application_token,
    "open_installer": lambda portal, **arguments: portal.open_installer(**arguments),
    "finish_install": lambda portal, **arguments: portal.finish_install(**arguments),
    "open_app": lambda portal, **arguments: portal.open_app(**arguments),
    "open_placement": lambda portal, **arguments: portal.open_placement(**arguments),
    "authorize": lambda portal, **arguments: portal.authorize(**arguments),
    "update": lambda portal, **arguments: portal.update(**arguments),
    "uninstall": lambda portal, **arguments: portal.uninstall(**arguments),
    "payment": lambda portal, **arguments: portal.payment(**arguments),
    "send_app_install": lambda portal: portal.send_app_install(),
    "move": lambda portal: portal.world.move_portal(portal),
    "dismiss": lambda portal, user_id: portal.dismiss(user_id),
    "expire_tokens": _expire,
    "add_webhook": lambda portal, user_id=1: portal.add_webhook(user_id),
    "convert_lead": lambda portal, lead_id: portal.crm.convert_lead(lead_id),
    "merge": lambda portal, entity_type, ids: portal.crm.merge(entity_type, ids).id,
    "delete": lambda portal, entity_type, item_id: portal.crm.delete(entity_type, item_id),
}
