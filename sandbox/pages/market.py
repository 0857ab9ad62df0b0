"""The Market page of the application, its installation and removal, and the application itself."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from sandbox.pages.frames import APP_PAGE, APP_TITLE, json_params

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.pages.desk import Desk

_PARAM = re.compile(r"params\[([^\]]+)\]")


def add_market(pages: Blueprint, desk: "Desk") -> None:
    """`/marketplace/...`."""
    _add_card(pages, desk)
    _add_lifecycle(pages, desk)
    _add_application(pages, desk)


def _add_card(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/marketplace/")
    def marketplace() -> Response:
        return redirect(f"/marketplace/detail/{desk.world.card.code}/")

    @pages.get("/marketplace/detail/<code>/")
    @pages.get("/market/detail/<code>/")
    def detail(code: str) -> Response:
        if code != desk.world.card.code:
            return desk.notice("Маркет", f"Приложения {code} в Маркете нет.", 404)
        return desk.show("market.html", card=_card(desk))


def _card(desk: "Desk") -> dict[str, Any]:
    card, found = desk.world.card, desk.portal.installation
    state, tag = "не установлено", ""
    if found is not None:
        state, tag = ("установлено", "good") if found.finished else ("установка не завершена", "warn")
    return {
        "title": APP_TITLE,
        "code": card.code,
        "version": found.version if found else card.version,
        "scope": card.scope,
        "installed": found is not None,
        "state": state,
        "tag": tag,
        "url": APP_PAGE,
    }


def _add_lifecycle(pages: Blueprint, desk: "Desk") -> None:
    portal = desk.portal

    @pages.before_request
    def only_administrators() -> Response | None:
        guarded = request.method == "POST" and request.path.startswith("/marketplace/")
        if guarded and not desk.user().admin:
            return desk.notice("Маркет", "Приложениями управляет администратор портала.", 403)
        return None

    @pages.post("/marketplace/install/")
    def install() -> Response:
        portal.begin_installation(desk.user().id)
        return redirect(APP_PAGE)

    @pages.post("/marketplace/update/")
    def update() -> Response:
        if portal.installation is None:
            return redirect("/marketplace/")
        portal.update(desk.user().id)
        return redirect(f"{APP_PAGE}?installer=Y")

    @pages.post("/marketplace/uninstall/")
    def uninstall() -> Response:
        if portal.installation is not None:
            portal.uninstall(clean=request.form.get("clean") == "1")
        return redirect("/marketplace/")


def _add_application(pages: Blueprint, desk: "Desk") -> None:
    portal = desk.portal

    @pages.get(APP_PAGE)
    def application() -> Response:
        problem = _refusal(desk)
        if problem is not None:
            return problem
        if _needs_installer(portal):
            return _installer(desk)
        params = json_params()
        frame = desk.frames.open(desk.world.card.app_url, desk.user(), options=params or None)
        return desk.show("app.html", title=APP_TITLE, frame=frame)

    @pages.get("/marketplace/view/<code>/")
    def view(code: str) -> Response:
        """A link to the application (Bitrix24: widgets/universal/app-url)."""
        if code not in (desk.world.card.code, desk.world.card.client_id):
            return desk.notice("Маркет", f"Приложения {code} нет.", 404)
        problem = _refusal(desk)
        if problem is not None:
            return problem
        if _needs_installer(portal):
            return _installer(desk)
        bound = portal.shown_placements("REST_APP_URI", desk.user().id)
        url = bound[0].handler if bound else desk.world.card.app_url
        place = "REST_APP_URI" if bound else "DEFAULT"
        given: dict[str, Any] = {"URI": _came_from()}
        given |= {match[1]: value for key, value in request.args.items() if (match := _PARAM.fullmatch(key))}
        frame = desk.frames.open(url, desk.user(), placement=place, options=given)
        return desk.show("app.html", title=APP_TITLE, frame=frame)


def _came_from() -> str:
    """Path and query of the page with the link, as the vendor's page on REST_APP_URI has it."""
    parts = urlsplit(request.referrer or "")
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def _refusal(desk: "Desk") -> Response | None:
    """Why this user cannot open the application now, as a page."""
    found = desk.portal.installation
    if found is None:
        return desk.notice(
            APP_TITLE, "Приложение не установлено.", 404, link="/marketplace/", link_text="Открыть Маркет"
        )
    if not found.finished and not desk.user().admin:
        return desk.notice(APP_TITLE, "Установка приложения ещё не завершена администратором.", 403)
    return None


def _needs_installer(portal: "Portal") -> bool:
    """Until `installFinish` the administrator sees the installer, and once more after an update."""
    found = portal.installation
    return found is not None and (not found.finished or request.args.get("installer") == "Y")


def _installer(desk: "Desk") -> Response:
    if not desk.user().admin:
        return desk.notice(APP_TITLE, "Установку проводит администратор портала.", 403)
    frame = desk.frames.open(desk.world.card.install_url, desk.user(), installer=True)
    return desk.show("app.html", title=f"{APP_TITLE}: установка", frame=frame)
