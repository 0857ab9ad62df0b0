"""CRM lists and cards: fields, timeline, and the tabs of the application."""

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from sandbox.pages.automation import automation_view
from sandbox.pages.contact_center import placement_title
from sandbox.pages.crm_views import Kind, card_view, kind_of, list_rows
from sandbox.pages.timeline_views import press, timeline_rows

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Item
    from sandbox.pages.desk import Desk


def add_crm(pages: Blueprint, desk: "Desk") -> None:
    """`/crm/<kind>/list/`, `/crm/<kind>/details/<id>/` and the buttons of configurable activities."""
    portal = desk.portal

    @pages.get("/crm/<path:path>/list/")
    def crm_list(path: str) -> Response:
        kind = kind_of(portal, path)
        if kind is None:
            return desk.notice("CRM", "Такого раздела в этом портале нет.", 404)
        with portal.lock:
            return desk.show("crm_list.html", kind=kind, rows=list_rows(portal, kind))

    @pages.get("/crm/<path:path>/details/<int:item_id>/")
    def crm_card(path: str, item_id: int) -> Response:
        kind = kind_of(portal, path)
        with portal.lock:
            item = portal.crm.items[kind.entity_type].get(item_id) if kind else None
            if kind is None or item is None:
                return desk.notice("CRM", "Элемент не найден. Возможно, его удалили.", 404)
            return desk.show(
                "crm_card.html",
                kind=kind,
                card=card_view(portal, kind, item),
                timeline=timeline_rows(portal, item),
                extra=automation_view(portal, kind, item),
                robot_url=f"{kind.url(item.id)}robot/",
                tabs=[] if request.args.get("parts") == "Y" else _tabs(desk, kind, item),
            )

    @pages.post("/crm/activity/<int:activity_id>/press/")
    def press_button(activity_id: int) -> Response:
        """A button with the action `restEvent` (Bitrix24: configurable activity, action)."""
        params: dict[str, Any] = json.loads(request.form.get("params") or "{}")
        with portal.lock:
            back = press(portal, activity_id, request.form.get("id", ""), params, desk.user().id)
        if back is None:
            return desk.notice("CRM", "Такого дела больше нет.", 404)
        suffix = "?IFRAME=Y" if "IFRAME=Y" in (request.referrer or "") else ""
        return redirect(back + suffix)


def _tabs(desk: "Desk", kind: Kind, item: "Item") -> list[dict[str, Any]]:
    """The application's tabs (Bitrix24: widgets/crm/detail-tab); each gets a frame of its own."""
    portal, user = desk.portal, desk.user()
    code = f"CRM_{kind.place}_DETAIL_TAB"
    return [
        {
            "id": f"app-{number}",
            "title": placement_title(placement, portal.language),
            "frame": desk.frames.open(
                placement.handler,
                user,
                title=placement_title(placement, portal.language),
                placement=code,
                options={"ID": str(item.id)},
            ),
        }
        for number, placement in enumerate(portal.shown_placements(code, user.id), 1)
    ]
