"""The invented shop: a visitor's chat (UIS channel of the type "comagic") and a request form.

The UTM marks of the page's address go along as the visitor's traffic source.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from flask import (
    Blueprint,
    Flask,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from sandbox.pages.assets import add_assets

if TYPE_CHECKING:
    from sandbox.uis import Uis
    from sandbox.uis.entities import Chat
    from sandbox.world import World

SITE_CHANNEL = 740806
VISITOR_COOKIE = "shop_visitor"
SITE = "https://shop.example.com"
MAX_TEXT = 4000
MAX_PAGE = 2000

GOODS = (
    ("sofa", "Диван «Облако»", "64 900"),
    ("chair", "Кресло «Полдень»", "21 500"),
    ("bed", "Кровать «Тишина»", "48 300"),
    ("chest", "Комод «Порядок»", "17 800"),
)
SOURCES = (
    ("Яндекс Директ", "?utm_source=yandex&utm_medium=cpc&utm_campaign=divany_poisk&yclid=1482399120441"),
    ("Рассылка", "?utm_source=newsletter&utm_medium=email&utm_campaign=november"),
    ("Прямой заход", "?"),
)


@dataclass(frozen=True, slots=True)
class Contact:
    """What a visitor said of themselves."""

    name: str | None
    phone: str | None
    email: str | None


class VisitorError(ValueError):
    """What the visitor did wrong, in Russian."""


def create_shop(world: "World") -> Flask:
    """The shop's application."""
    app = Flask("shop")
    add_assets(app)
    shop = Blueprint("shop", __name__)
    _add_home(shop, world.uis)
    _add_chat(shop, world.uis)
    app.register_blueprint(shop)
    return app


def _add_home(shop: Blueprint, uis: "Uis") -> None:
    def page(status: int = 200, problem: str = "") -> Response:
        came_from = parse_qs(request.query_string.decode()).get("utm_source", ["прямой заход"])[0]
        html = render_template(
            "shop.html",
            goods=GOODS,
            sources=SOURCES,
            came_from=came_from,
            page_url=_page_url(),
            sent=request.args.get("sent", ""),
            given=request.form,
            problem=problem,
        )
        return make_response(html, status)

    @shop.get("/")
    def home() -> Response:
        return page()

    @shop.post("/request")
    def send_request() -> AnyResponse:
        form = request.form
        try:
            contact = _contact(form)
            made = uis.offline_request(
                name=contact.name,
                phone=contact.phone,
                email=contact.email,
                text=form.get("text", "")[:MAX_TEXT] or None,
                visitor=_visitor(uis),
                source=_source(form),
            )
        except ValueError as error:
            return page(400, str(error))
        response = redirect(url_for("shop.home", sent=made.id) + "#request")
        return _remember(response, made.visitor_id)


def _add_chat(shop: Blueprint, uis: "Uis") -> None:
    @shop.get("/chat")
    def chat() -> Response:
        with uis.lock:
            return jsonify(_chat_json(_chat_of(uis)))

    @shop.post("/chat")
    def write() -> AnyResponse:
        given = request.get_json(silent=True)
        try:
            if not isinstance(given, dict):
                raise VisitorError("Ожидался объект JSON.")
            with uis.lock:
                found = _write(uis, {name: str(value) for name, value in given.items()})
                return _remember(jsonify(_chat_json(found)), found.visitor_id)
        except ValueError as error:
            return make_response(jsonify({"error": str(error)}), 400)


def _write(uis: "Uis", given: dict[str, str]) -> "Chat":
    """Into the open chat of this visitor, or a new one; the caller holds the lock of UIS."""
    text = given.get("text", "").strip()[:MAX_TEXT]
    if not text:
        raise VisitorError("Напишите сообщение.")
    contact = _contact(given, required=False)
    chat = _chat_of(uis)
    if chat is None or chat.release_cause is not None:
        return uis.visitor_starts_chat(
            SITE_CHANNEL,
            visitor=_visitor(uis),
            text=text,
            name=contact.name,
            phone=contact.phone,
            email=contact.email,
            source=_source(given),
        )
    uis.visitor_writes(chat.id, text)
    return chat


def _visitor(uis: "Uis") -> int | None:
    known = request.cookies.get(VISITOR_COOKIE, "")
    return int(known) if known.isdecimal() and int(known) in uis.visitors else None


def _chat_of(uis: "Uis") -> "Chat | None":
    visitor = _visitor(uis)
    mine = [
        chat for chat in uis.chats.values() if chat.visitor_id == visitor and chat.channel.id == SITE_CHANNEL
    ]
    return mine[-1] if mine else None


def _chat_json(chat: "Chat | None") -> dict[str, Any]:
    if chat is None:
        return {"messages": [], "closed": False}
    messages = [
        {
            "id": message.id,
            "text": message.text or (message.resource.name if message.resource else ""),
            "mine": message.source == "visitor",
            "system": message.source == "system",
        }
        for message in chat.messages
    ]
    return {"id": chat.id, "messages": messages, "closed": chat.release_cause is not None}


def _contact(given: Any, required: bool = True) -> Contact:
    """Name, phone and e-mail that the visitor gave; raises VisitorError."""
    name, phone, email = ((given.get(key) or "").strip()[:200] or None for key in ("name", "phone", "email"))
    if phone is not None and not 10 <= sum(sign.isdigit() for sign in phone) <= 15:
        raise VisitorError("Проверьте телефон: в нём должно быть от 10 до 15 цифр.")
    if required and phone is None and email is None:
        raise VisitorError("Оставьте телефон или почту, чтобы мы могли ответить.")
    return Contact(name, phone, email)


def _page_url() -> str:
    query = request.query_string.decode() if request.method == "GET" else ""
    return f"{SITE}/?{query}" if query else f"{SITE}/"


def _source(given: Any) -> dict[str, Any]:
    page = str(given.get("page") or f"{SITE}/")[:MAX_PAGE]
    return {"page": page}


def _remember(response: AnyResponse, visitor_id: int) -> AnyResponse:
    response.set_cookie(VISITOR_COOKIE, str(visitor_id), samesite="Lax", httponly=True)
    return response
