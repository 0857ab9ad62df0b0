"""The invented shop: a request form, a visitor's chat, and the foreign scripts of a real site.

The UTM marks of the page's address go along as the visitor's traffic source.
"""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox.pages.assets import add_assets
from sandbox.pages.shop_chat import MAX_TEXT, add_chat
from sandbox.pages.shop_scripts import scripts
from sandbox.pages.shop_visitor import contact_of, known_visitor, page_url, remember, source_of

if TYPE_CHECKING:
    from sandbox.world import World

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
MAX_CODE = 20_000


def create_shop(world: "World") -> Flask:
    """The shop's application."""
    app = Flask("shop")
    add_assets(app)
    shop = Blueprint("shop", __name__)
    _add_home(shop, world)
    _add_code(shop, world)
    add_chat(shop, world.uis)
    app.register_blueprint(shop)
    return app


def _add_home(shop: Blueprint, world: "World") -> None:
    uis = world.uis

    def page(status: int = 200, problem: str = "") -> Response:
        came_from = parse_qs(request.query_string.decode()).get("utm_source", ["прямой заход"])[0]
        html = render_template(
            "shop.html",
            goods=GOODS,
            sources=SOURCES,
            came_from=came_from,
            page_url=page_url(),
            sent=request.args.get("sent", ""),
            given=request.form,
            problem=problem,
            tags=scripts(world),
        )
        return make_response(html, status)

    @shop.get("/")
    def home() -> Response:
        try:
            return page()
        except ValueError as error:
            return make_response(str(error), 400, {"Content-Type": "text/plain; charset=utf-8"})

    @shop.post("/request")
    def send_request() -> AnyResponse:
        form = request.form
        try:
            contact = contact_of(form)
            made = uis.offline_request(
                name=contact.name,
                phone=contact.phone,
                email=contact.email,
                text=form.get("text", "")[:MAX_TEXT] or None,
                visitor=known_visitor(uis),
                source=source_of(form),
            )
        except ValueError as error:
            return page(400, str(error))
        response = redirect(url_for("shop.home", sent=made.id) + "#request")
        return remember(response, made.visitor_id)


def _add_code(shop: Blueprint, world: "World") -> None:
    """The site's own settings: what its owner has pasted into every page."""

    @shop.get("/code")
    def code() -> str:
        return render_template("shop_code.html", code=world.shop_code, saved=request.args.get("saved"))

    @shop.post("/code")
    def save_code() -> AnyResponse:
        world.shop_code = request.form.get("code", "")[:MAX_CODE]
        return redirect(url_for("shop.code", saved=1))
