"""The Contact Center: tiles of connectors and applications, and the settings page of a connector."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from sandbox.pages.frames import APP_TITLE

if TYPE_CHECKING:
    from sandbox.bitrix.lines.model import Connector
    from sandbox.bitrix.portal import Portal
    from sandbox.bitrix.records import Placement
    from sandbox.pages.desk import Desk


def add_contact_center(pages: Blueprint, desk: "Desk") -> None:
    """`/contact_center/`, `/contact_center/connector/`, `/contact_center/tile/`."""
    portal = desk.portal

    @pages.get("/contact_center/")
    def contact_center() -> Response:
        with portal.lock:
            connectors = (
                [_connector_tile(each) for each in portal.connectors.values()] if _shown(portal) else []
            )
            tiles = [
                _tile(each, number, portal.language)
                for number, each in enumerate(portal.shown_placements("CONTACT_CENTER", desk.user().id))
            ]
        return desk.show("contact_center.html", connectors=connectors, tiles=tiles)

    @pages.get("/contact_center/tile/<int:number>/")
    def contact_center_tile(number: int) -> Response:
        found = portal.shown_placements("CONTACT_CENTER", desk.user().id)
        if number >= len(found):
            return desk.notice("Контакт-центр", "Такой плитки больше нет.", 404)
        placement = found[number]
        title = placement_title(placement, portal.language)
        options = {"ID": str(registration(portal, placement)), "URI": "/contact_center/"}
        frame = desk.frames.open(
            placement.handler, desk.user(), title=title, placement="CONTACT_CENTER", options=options
        )
        return desk.show("app.html", title=title, frame=frame)

    @pages.get("/contact_center/connector/")
    def connector() -> Response:
        found = portal.connectors.get(request.args.get("ID", ""))
        if found is None or not _shown(portal):
            return desk.notice("Контакт-центр", "Такого канала нет.", 404)
        line = request.args.get("LINE", "")
        known = line.isdecimal() and int(line) in portal.lines
        frame = _connector_frame(desk, found, int(line)) if known and desk.user().admin else None
        return desk.show(
            "connector.html",
            connector={"id": found.id, **_connector_tile(found)},
            lines=[{"id": each.id, "title": each.name} for each in portal.lines.values()],
            line=line,
            frame=frame,
        )


def placement_title(placement: "Placement", language: str) -> str:
    """The title of a widget in the language of the portal."""
    texts = placement.languages.get(language) or {}
    return str(texts.get("TITLE") or placement.title or APP_TITLE)


def registration(portal: "Portal", placement: "Placement") -> int:
    """The number of the widget's registration."""
    number = next(index for index, each in enumerate(portal.placements) if each is placement) + 1
    return int(getattr(placement, "id", number))


def _shown(portal: "Portal") -> bool:
    return portal.installation is not None and portal.installation.finished


def _tile(placement: "Placement", number: int, language: str) -> dict[str, Any]:
    return {
        "title": placement_title(placement, language),
        "url": f"/contact_center/tile/{number}/",
        "on": True,
        "state": "приложение",
    }


def _connector_tile(connector: "Connector") -> dict[str, Any]:
    icon = connector.settings.get("ICON") or {}
    active = [line for line, on in connector.lines.items() if on]
    image = str(icon.get("DATA_IMAGE", ""))
    return {
        "title": connector.name,
        "url": f"/contact_center/connector/?ID={connector.id}",
        "color": str(icon.get("COLOR", "")),
        "image": image if image.startswith("data:image/") else "",
        "on": bool(active),
        "state": "подключён" if active else "не подключён",
    }


def _connector_frame(desk: "Desk", connector: "Connector", line: int) -> dict[str, Any]:
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
