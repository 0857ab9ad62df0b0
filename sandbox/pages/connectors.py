"""The page of a connector in the Contact Center: its lines, the application's settings, an invented client."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from sandbox.pages.line_views import chat_url

if TYPE_CHECKING:
    from sandbox.bitrix.lines.model import Connector
    from sandbox.bitrix.portal import Portal
    from sandbox.pages.desk import Desk

TITLE = "Контакт-центр"
NO_CHANNEL = "Такого канала нет."
FORBIDDEN = "Каналы подключает администратор портала."
LIVECHAT = "livechat"
PERSON = ("name", "phone")


def add_connectors(pages: Blueprint, desk: "Desk") -> None:
    """`/contact_center/connector/?ID=<code>&LINE=<line>`, `.../switch`, `.../write` (built-in messengers)."""
    portal = desk.portal

    @pages.get("/contact_center/connector/")
    def connector() -> Response:
        return _page(desk)

    @pages.post("/contact_center/connector/switch")
    def switch_connector() -> Response:
        if not desk.user().admin:
            return desk.notice(TITLE, FORBIDDEN, 403)
        line, active = _line(portal), request.form.get("active") == "Y"
        with portal.lock:
            found = _wanted(portal)
            # A person switches the application's connector on by the application's own page.
            if found is None or line is None or (active and not found.built_in):
                return desk.notice(TITLE, NO_CHANNEL, 404)
            portal.open_lines.connect(found.id, line, active, desk.user().id)
        return redirect(_url(found.id, line))

    @pages.post("/contact_center/connector/write")
    def write_as_client() -> Response:
        """An invented person writes in the messenger."""
        about: dict[str, Any] = {name: request.form[name] for name in PERSON if request.form.get(name)}
        text, person = request.form.get("text", "").strip(), request.form.get("person", "").strip()
        if not text or not person:
            return _page(desk, problem="Укажите номер клиента и текст сообщения.", status=400)
        try:
            with portal.lock:
                said = portal.visitors.messenger_writes(
                    text,
                    person=person,
                    connector=request.values.get("ID", ""),
                    line=_line(portal) or 0,
                    **about,
                )
        except ValueError as error:
            return _page(desk, problem=f"Сообщение не принято: {error}", status=409)
        return redirect(chat_url(said.chat_id))


def registered(portal: "Portal") -> list["Connector"]:
    """The application's connectors; they work only after the installation."""
    done = portal.installation is not None and portal.installation.finished
    return [*portal.connectors.values()] if done else []


def connector_tile(portal: "Portal", connector: "Connector") -> dict[str, Any]:
    """A connector in the Contact Center."""
    icon = connector.settings.get("ICON") or {}
    active = [line for line, on in connector.lines.items() if on and line in portal.lines]
    image = str(icon.get("DATA_IMAGE", ""))
    return {
        "title": connector.name,
        "url": f"/contact_center/connector/?ID={connector.id}",
        "color": str(icon.get("COLOR", "")),
        "image": image if image.startswith("data:image/") else "",
        "on": bool(active),
        "state": "подключён" if active else "не подключён",
    }


def _url(code: str, line: int) -> str:
    suffix = "&IFRAME=Y" if request.form.get("IFRAME") == "Y" else ""
    return f"/contact_center/connector/?ID={code}&LINE={line}{suffix}"


def _wanted(portal: "Portal") -> "Connector | None":
    code = request.values.get("ID", "")
    mine = next((each for each in registered(portal) if each.id == code), None)
    return mine or portal.open_lines.built_in.get(code)


def _line(portal: "Portal") -> int | None:
    number = request.values.get("LINE", 0, type=int)
    return number if number in portal.lines else None


def _page(desk: "Desk", problem: str = "", status: int = 200) -> Response:
    portal = desk.portal
    with portal.lock:
        found = _wanted(portal)
        if found is None:
            return desk.notice(TITLE, NO_CHANNEL, 404)
        line, admin = _line(portal), desk.user().admin
        frame = _frame(desk, found, line) if line and admin and not found.built_in else None
        return desk.show(
            "connector.html",
            status,
            connector={"id": found.id, **connector_tile(portal, found)},
            kind="widget" if found.id == LIVECHAT else "messenger" if found.built_in else "application",
            lines=[{"id": each.id, "title": each.name} for each in portal.lines.values()],
            line=line,
            active=bool(line and found.lines.get(line)),
            shop=desk.world.shop_url if portal is desk.world.portals[0] else "",
            frame=frame,
            problem=problem,
            given=request.form,
        )


def _frame(desk: "Desk", connector: "Connector", line: int) -> dict[str, Any]:
    """The widget of SETTING_CONNECTOR with the connector's state (Bitrix24: widgets/setting-connector)."""
    active, ready = connector.lines.get(line, False), line in connector.data
    options = {
        "CONNECTOR": connector.id,
        "LINE": str(line),
        "ACTIVE_STATUS": active,
        "CONNECTION_STATUS": ready,
        "REGISTER_STATUS": ready,
        "ERROR_STATUS": False,
        "STATUS": active and ready,
    }
    return desk.frames.open(
        connector.handler, desk.user(), title=connector.name, placement="SETTING_CONNECTOR", options=options
    )
