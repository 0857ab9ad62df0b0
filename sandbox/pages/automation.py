"""What hangs on a CRM card besides its timeline: dialogs of Open Lines, robots with their runs, fired triggers."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines.crm_chats import chats_of
from sandbox.bitrix.robots import localized, offered, run_robot
from sandbox.pages.crm_views import Kind, kind_of
from sandbox.pages.line_views import dialog_row

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Item
    from sandbox.bitrix.portal import Portal
    from sandbox.bitrix.robots import Robot, RobotRun
    from sandbox.pages.desk import Desk

STATES = {"waiting": "ждёт приложение", "sent": "отправлен", "done": "выполнен"}
FLAG = (("", ""), ("Y", "да"), ("N", "нет"))
Row = dict[str, Any]


def add_automation(pages: Blueprint, desk: "Desk") -> None:
    """`POST /crm/<kind>/details/<id>/robot/`: a robot fires by hand; in a real portal a stage or a rule fires it."""
    portal = desk.portal

    @pages.post("/crm/<path:path>/details/<int:item_id>/robot/")
    def fire_robot(path: str, item_id: int) -> Response:
        kind = kind_of(portal, path)
        form = request.form.to_dict()
        code, slider = form.pop("code", ""), form.pop("IFRAME", "")
        if kind is None:
            return desk.notice("CRM", "Такого раздела в этом портале нет.", 404)
        try:
            run_robot(
                portal, code, kind.entity_type, item_id, {name: text for name, text in form.items() if text}
            )
        except (ValueError, RestError) as error:
            link = {"link": kind.url(item_id), "link_text": "Вернуться в карточку"}
            return desk.notice("Робот", f"Робот не запущен: {error}", 400, **link)
        return redirect(kind.url(item_id) + ("?IFRAME=Y" if slider == "Y" else ""))


def automation_view(portal: "Portal", kind: Kind, item: "Item") -> Row:
    """`dialogs`, `robots`, `runs`, `triggers` of a card. Wants the lock of the portal to be held."""
    owner = (item.entity_type, item.id)
    robots = [robot for robot in portal.robots.values() if offered(robot, kind.entity_type)]
    return {
        "dialogs": [dialog_row(portal, each) for each in reversed(chats_of(portal.open_lines, *owner))],
        "robots": [_robot(portal, robot) for robot in robots],
        "runs": [_run(portal, run) for run in reversed(portal.robot_runs) if run.owner == owner],
        "triggers": [
            {"name": _trigger(portal, run.code), "at": run.at}
            for run in reversed(portal.trigger_runs)
            if run.owner == owner
        ],
    }


def _robot(portal: "Portal", robot: "Robot") -> Row:
    return {
        "code": robot.code,
        "title": robot.title(portal.language),
        "properties": [_property(portal, name, about) for name, about in robot.properties.items()],
    }


def _property(portal: "Portal", name: str, about: Row) -> Row:
    kind = str(about.get("Type", "string"))
    return {
        "name": name,
        "title": localized(about["Name"], portal.language),
        "hint": localized(about.get("Description"), portal.language),
        "kind": kind,
        "required": str(about.get("Required")) in ("Y", "True", "true", "1"),
        "value": str(about.get("Default") or ""),
        "choices": _choices(portal, kind, about),
    }


def _choices(portal: "Portal", kind: str, about: Row) -> list[tuple[str, str]]:
    """What one may choose from; empty for a property that is typed in."""
    if kind == "bool":
        return [*FLAG]
    if kind == "user":
        people = [(f"user_{user.id}", user.full_name) for user in portal.users.values() if user.active]
        return [("", ""), *people]
    options = about.get("Options") if kind == "select" else None
    pairs = options.items() if isinstance(options, dict) else enumerate(options or [])
    found = [(str(code), localized(text, portal.language)) for code, text in pairs]
    return [("", ""), *found] if found else []


def _run(portal: "Portal", run: "RobotRun") -> Row:
    robot = portal.robots.get(run.code)
    status = run.delivery.status if run.delivery else None
    refused = status is not None and not 200 <= status < 300
    return {
        "title": robot.title(portal.language) if robot else run.code,
        "at": run.at,
        "state": f"приложение ответило {status}" if refused else STATES[run.state],
        "tone": "bad"
        if refused
        else "good"
        if run.state == "done"
        else "warn"
        if run.state == "waiting"
        else "",
        "properties": [(name, value) for name, value in run.properties.items() if value not in ("", None)],
        "returned": [*run.returned.items()],
        "log": run.log,
    }


def _trigger(portal: "Portal", code: str) -> str:
    found = portal.triggers.get(code)
    return found.name if found else code
