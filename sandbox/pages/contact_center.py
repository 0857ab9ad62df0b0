"""The Contact Center: tiles of connectors and applications."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from werkzeug.wrappers import Response

from sandbox.pages.connectors import connector_tile, registered
from sandbox.pages.frames import APP_TITLE

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.bitrix.records import Placement
    from sandbox.pages.desk import Desk


def add_contact_center(pages: Blueprint, desk: "Desk") -> None:
    """`/contact_center/`, `/contact_center/tile/`."""
    portal = desk.portal

    @pages.get("/contact_center/")
    def contact_center() -> Response:
        with portal.lock:
            channels = [*portal.open_lines.built_in.values(), *registered(portal)]
            connectors = [connector_tile(portal, each) for each in channels]
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


def placement_title(placement: "Placement", language: str) -> str:
    """The title of a widget in the language of the portal."""
    texts = placement.languages.get(language) or {}
    return str(texts.get("TITLE") or placement.title or APP_TITLE)


def registration(portal: "Portal", placement: "Placement") -> int:
    """The number of the widget's registration."""
    number = next(index for index, each in enumerate(portal.placements) if each is placement) + 1
    return int(getattr(placement, "id", number))


def _tile(placement: "Placement", number: int, language: str) -> dict[str, Any]:
    return {
        "title": placement_title(placement, language),
        "url": f"/contact_center/tile/{number}/",
        "on": True,
        "state": "приложение",
    }
