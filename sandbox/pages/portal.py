"""The pages of a portal on its own port, next to REST."""

from typing import TYPE_CHECKING

from flask import Blueprint, Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from sandbox.pages.assets import add_assets
from sandbox.pages.authorize import add_authorize
from sandbox.pages.automation import add_automation
from sandbox.pages.connectors import add_connectors
from sandbox.pages.contact_center import add_contact_center
from sandbox.pages.crm import add_crm
from sandbox.pages.desk import Desk
from sandbox.pages.frame_service import add_frame_service
from sandbox.pages.line_chats import add_line_chats
from sandbox.pages.line_settings import add_line_settings
from sandbox.pages.livechat import add_livechat
from sandbox.pages.market import add_market

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.world import World

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "origin, content-type, accept",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
}


def register_portal_pages(app: Flask, world: "World", portal: "Portal") -> None:
    """Add everything that a person sees of `portal` to its application."""
    add_assets(app)
    pages = Blueprint("portal", __name__)
    desk = Desk(world, portal)
    _add_people(pages, desk)
    add_crm(pages, desk)
    add_automation(pages, desk)
    add_contact_center(pages, desk)
    add_connectors(pages, desk)
    add_line_chats(pages, desk)
    add_line_settings(pages, desk)
    add_livechat(pages, desk)
    add_market(pages, desk)
    add_authorize(pages, desk)
    add_frame_service(pages, desk)
    _add_library(pages)
    app.register_blueprint(pages)
    _open_rest_to_browsers(app)


def _add_people(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/")
    def home() -> Response:
        return redirect("/crm/deal/list/" if desk.portal.crm.simple else "/crm/lead/list/")

    @pages.post("/_user")
    def switch_user() -> Response:
        user_id = request.form.get("user_id", 0, type=int)
        if user_id not in desk.portal.users:
            return desk.notice("Вход", "Такого пользователя нет.", 404)
        return desk.sign_in(redirect(_back()), user_id)

    @pages.post("/_language")
    def switch_language() -> Response:
        """The language that frames are told (`LANG`); the invented portal itself speaks Russian."""
        language = request.form.get("language", "")
        if language in ("ru", "en"):
            desk.portal.language = language
        return redirect(_back())

    @pages.get("/company/personal/user/<int:user_id>/")
    def profile(user_id: int) -> Response:
        found = desk.portal.users.get(user_id)
        if found is None:
            return desk.notice("Профиль", "Такого сотрудника нет.", 404)
        fields = [
            ("Почта", found.email),
            ("Должность", found.position),
            ("Мобильный", found.mobile),
            ("Внутренний номер", found.inner_phone),
            ("Состояние", "работает" if found.active else "уволен"),
        ]
        person = {"name": found.full_name, "is_admin": found.admin}
        return desk.show("profile.html", person=person, fields=fields)

    @pages.get("/notifications/")
    def notifications() -> Response:
        user = desk.user()
        with desk.portal.lock:
            mine = [each for each in reversed(desk.portal.notifications) if each.user_id == user.id]
        shown = [{"text": each.message, "at": each.at, "tag": each.tag} for each in mine]
        return desk.show("notifications.html", notifications=shown)


def _back() -> str:
    """The page of this portal from which a form was sent."""
    back = request.form.get("back", "/")
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"


def _add_library(pages: Blueprint) -> None:
    @pages.get("/api/v1/")
    def bx24_library() -> Response:
        return redirect(url_for("assets.static", filename="bx24.js"))


def _open_rest_to_browsers(app: Flask) -> None:
    """Applications call REST from their frames, so the portal lets every origin in."""

    @app.after_request
    def allow(response: Response) -> Response:
        if request.path.startswith("/rest/"):
            response.headers.update(CORS)
        return response
