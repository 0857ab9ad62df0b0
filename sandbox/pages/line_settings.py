"""Open lines of a portal: the list, the settings of a line, a new line, the end of one."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines import settings
from sandbox.pages.line_fields import GROUPS, fields_of, form_values

if TYPE_CHECKING:
    from sandbox.bitrix.lines.model import Line
    from sandbox.pages.desk import Desk

TITLE = "Открытые линии"
FORBIDDEN = "Линии настраивает администратор портала."
NO_LINE = "Такой линии нет. Возможно, её удалили."


def add_line_settings(pages: Blueprint, desk: "Desk") -> None:
    """`/contact_center/lines/`, `/contact_center/lines/<id>/` (Bitrix24: imopenlines-config-add has all fields)."""
    portal = desk.portal

    @pages.get("/contact_center/lines/")
    def line_list() -> Response:
        with portal.lock:
            return desk.show("lines.html", lines=[_row(desk, line) for line in portal.lines.values()])

    @pages.post("/contact_center/lines/")
    def new_line() -> Response:
        if not desk.user().admin:
            return desk.notice(TITLE, FORBIDDEN, 403)
        name = request.form.get("LINE_NAME", "").strip()
        with portal.lock:
            made = settings.new_line(portal, {"LINE_NAME": name} if name else {}, desk.user().id)
        return redirect(_url(made.id))

    @pages.get("/contact_center/lines/<int:line_id>/")
    def line_page(line_id: int) -> Response:
        return _page(desk, line_id, saved=request.args.get("saved") == "Y")

    @pages.post("/contact_center/lines/<int:line_id>/<any(save, delete):action>")
    def change_line(line_id: int, action: str) -> Response:
        user = desk.user()
        if not user.admin:
            return desk.notice(TITLE, FORBIDDEN, 403)
        with portal.lock:
            if line_id not in portal.lines:
                return desk.notice(TITLE, NO_LINE, 404)
            if action == "delete":
                portal.open_lines.delete_line(line_id, user.id)
                return redirect("/contact_center/lines/")
            try:
                settings.write(portal, portal.lines[line_id], form_values(), user.id)
            except RestError as error:
                return _page(desk, line_id, problem=f"Не сохранено: {error.description}", status=400)
        return redirect(f"{_url(line_id)}?saved=Y")


def _url(line_id: int) -> str:
    return f"/contact_center/lines/{line_id}/"


def _page(
    desk: "Desk", line_id: int, *, saved: bool = False, problem: str = "", status: int = 200
) -> Response:
    portal = desk.portal
    with portal.lock:
        line = portal.lines.get(line_id)
        if line is None:
            return desk.notice(TITLE, NO_LINE, 404)
        groups = [(title, fields_of(portal, line, names)) for title, names in GROUPS]
        return desk.show(
            "line.html", status, line=_row(desk, line), groups=groups, saved=saved, problem=problem
        )


def _row(desk: "Desk", line: "Line") -> dict[str, Any]:
    portal = desk.portal
    connectors = {**portal.open_lines.built_in, **portal.connectors}
    people = settings.queue(portal, line)
    return {
        "id": line.id,
        "name": line.name,
        "url": _url(line.id),
        "on": line.active,
        "channels": [each.name for each in connectors.values() if each.works_on(line.id)],
        "queue": [portal.users[number].full_name for number in people],
        "dialogs": sum(
            dialog.line == line.id and dialog.session is not None
            for dialog in portal.open_lines.dialogs.values()
        ),
    }
