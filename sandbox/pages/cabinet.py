"""The UIS personal account: sign-in, integrations, channels, an operator's window on the chats, requests."""

import secrets
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.pages.assets import add_assets
from sandbox.pages.cabinet_chats import add_cabinet_chats
from sandbox.pages.cabinet_views import (
    account_rows,
    channel_rows,
    request_rows,
)

if TYPE_CHECKING:
    from sandbox.uis import Uis
    from sandbox.world import World

SESSION_COOKIE = "cabinet_session"


class Cabinet:
    """One personal account and the browsers that are signed in to it."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.uis: Uis = world.uis
        self.sessions: set[str] = set()

    def signed_in(self) -> bool:
        """Whether the browser of this request has signed in."""
        return request.cookies.get(SESSION_COOKIE, "") in self.sessions

    def show(self, template: str, page: str, title: str, status: int = 200, **values: Any) -> Response:
        """A page in the account's frame; the caller holds the lock of UIS when `values` come from it."""
        html = render_template(
            template,
            page=page,
            title=title,
            signed_in=self.signed_in(),
            login=self.uis.login,
            app_id=self.uis.app_id,
            **values,
        )
        return make_response(html, status)


def register_cabinet(app: Flask, world: "World") -> None:
    """Add `/cabinet/...` to the application of UIS."""
    add_assets(app)
    cabinet = Cabinet(world)
    pages = Blueprint("cabinet", __name__, url_prefix="/cabinet")
    _add_sign_in(pages, cabinet)
    _add_lists(pages, cabinet)
    add_cabinet_chats(pages, cabinet)
    _add_actions(pages, cabinet)
    app.register_blueprint(pages)


def _add_sign_in(pages: Blueprint, cabinet: Cabinet) -> None:
    @pages.before_request
    def only_signed_in() -> Response | None:
        open_to_all = request.endpoint in ("cabinet.sign_in", "cabinet.check")
        return None if open_to_all or cabinet.signed_in() else redirect(url_for("cabinet.sign_in"))

    def page(problem: str = "", status: int = 200) -> Response:
        hints = {"hint_login": cabinet.uis.login, "hint_password": cabinet.uis.password}
        given = request.form.get("login", "")
        return cabinet.show(
            "cabinet_login.html", "login", "Вход", status, problem=problem, given=given, **hints
        )

    @pages.get("/login")
    def sign_in() -> Response:
        return page()

    @pages.post("/login")
    def check() -> Response:
        given = (request.form.get("login", ""), request.form.get("password", ""))
        if given != (cabinet.uis.login, cabinet.uis.password):
            return page("Неверный логин или пароль.", 403)
        session = secrets.token_urlsafe(24)
        cabinet.sessions.add(session)
        response = redirect(url_for("cabinet.integrations"))
        response.set_cookie(SESSION_COOKIE, session, httponly=True, samesite="Lax")
        return response

    @pages.post("/logout")
    def logout() -> Response:
        cabinet.sessions.discard(request.cookies.get(SESSION_COOKIE, ""))
        return redirect(url_for("cabinet.sign_in"))


def _add_lists(pages: Blueprint, cabinet: Cabinet) -> None:
    uis = cabinet.uis

    @pages.get("/")
    def integrations() -> Response:
        with uis.lock:
            return cabinet.show(
                "cabinet_integrations.html",
                "integrations",
                "Интеграции",
                accounts=account_rows(uis),
                connect_url=cabinet.world.card.url + "/connect",
                data_key=min(uis.data_keys, default="—"),
            )

    @pages.get("/channels")
    def channels() -> Response:
        with uis.lock:
            return cabinet.show("cabinet_channels.html", "channels", "Каналы", channels=channel_rows(uis))

    @pages.get("/requests")
    def offline_requests() -> Response:
        with uis.lock:
            rows = request_rows(uis)
            return cabinet.show("cabinet_requests.html", "offline_requests", "Заявки", requests=rows)


def _add_actions(pages: Blueprint, cabinet: Cabinet) -> None:
    uis = cabinet.uis

    @pages.post("/channels/<int:channel_id>/chat")
    def start_chat(channel_id: int) -> Response:
        phone = f"7999{secrets.randbelow(10**7):07}"
        chat = uis.visitor_starts_chat(
            channel_id, name="Клиент", phone=phone, text="Здравствуйте! Есть вопрос."
        )
        return redirect(url_for("cabinet.chats", chat_id=chat.id))

    @pages.post("/channels")
    def add_waba() -> Response:
        """A WhatsApp Business channel with one template, as the client gets it after the approval by Meta."""
        hello = {
            "name": "hello",
            "content": {"text": "Здравствуйте, {{1}}! Ответьте, пожалуйста, на это сообщение."},
        }
        uis.add_channel(templates=[hello])
        return redirect(url_for("cabinet.channels"))

    @pages.post("/requests/<int:request_id>/process")
    def process(request_id: int) -> Response:
        uis.process_request(request_id)
        return redirect(url_for("cabinet.offline_requests"))

    @pages.errorhandler(ValueError)
    def refuse(error: ValueError) -> Response:
        return make_response(f"Не получилось: {error}", 400, {"Content-Type": "text/plain; charset=utf-8"})
