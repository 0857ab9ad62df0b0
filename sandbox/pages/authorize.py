"""The portal's authorization page (Bitrix24: settings/oauth, "User authorization in Bitrix24").

Who is signed in to the portal goes through at once; others choose who they are. A failure is shown here and never
sends the browser back to the application.
"""

from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from sandbox.bitrix.people import User
    from sandbox.pages.desk import Desk


def add_authorize(pages: Blueprint, desk: "Desk") -> None:
    """`/oauth/authorize/`."""

    def page(problem: str = "") -> Response:
        html = render_template(
            "authorize.html", portal=desk.portal, users=desk.people(), user=desk.user(), problem=problem
        )
        return make_response(html, 403 if problem else 200)

    def grant(user: "User") -> Response:
        client_id, state = request.args.get("client_id", ""), request.args.get("state", "")
        return redirect(desk.portal.authorize(client_id, state, user.id))

    @pages.get("/oauth/authorize/")
    def authorize() -> Response:
        problem = _problem(desk)
        if problem:
            return page(problem)
        user = desk.signed_in()
        return grant(user) if user is not None else page()

    @pages.post("/oauth/authorize/")
    def choose() -> Response:
        user = desk.portal.users.get(request.form.get("user_id", 0, type=int))
        problem = _problem(desk)
        if problem or user is None or not user.active:
            return page(problem or "Такого сотрудника нет.")
        return desk.sign_in(grant(user), user.id)


def _problem(desk: "Desk") -> str:
    if request.args.get("client_id") != desk.world.card.client_id:
        return "Приложение с таким client_id неизвестно."
    if desk.portal.installation is None:
        return "Приложение не установлено в этом портале. Установите его в Маркете."
    return ""
