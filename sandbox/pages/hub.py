"""The start page: the story of the demo, the fault switch and the live log."""

import json
from typing import TYPE_CHECKING, Any

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

from sandbox.core.faults import PHASES, SERVICES
from sandbox.pages.assets import add_assets
from sandbox.pages.log import log_rows
from sandbox.pages.story import counts, places, steps
from sandbox.pages.texts import LANGUAGES, text

if TYPE_CHECKING:
    from sandbox.world import World

LANGUAGE_COOKIE = "hub_language"


def create_hub(world: "World") -> Flask:
    """The hub's application; the control API is registered on it by the world."""
    app = Flask("hub")
    add_assets(app)
    hub = Blueprint("hub", __name__)
    _add_story(hub, world)
    _add_faults(hub, world)
    _add_log(hub, world)
    app.register_blueprint(hub)
    return app


def _language() -> str:
    wanted = request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return wanted if wanted in LANGUAGES else "ru"


def _show(template: str, page: str, **values: Any) -> Response:
    language = _language()
    html = render_template(template, page=page, lang=language, t=lambda name: text(name, language), **values)
    response = make_response(html)
    response.set_cookie(LANGUAGE_COOKIE, language, samesite="Lax")
    return response


def _add_story(hub: Blueprint, world: "World") -> None:
    @hub.get("/")
    def story() -> Response:
        named = [(text(name, _language()), url) for name, url in places(world)]
        return _show("hub_story.html", "story", steps=steps(world), places=named, counts=counts(world))


def _add_faults(hub: Blueprint, world: "World") -> None:
    def page(problem: str = "") -> Response:
        return _show(
            "hub_faults.html",
            "faults",
            faults=world.faults.list(),
            taken=world.faults.taken,
            services=SERVICES,
            kinds=PHASES,
            given=request.form,
            problem=problem,
        )

    @hub.get("/faults")
    def faults() -> Response:
        return page()

    @hub.post("/faults")
    def add_fault() -> AnyResponse:
        try:
            _order_fault(world)
        except ValueError as error:
            response = page(str(error))
            response.status_code = 400
            return response
        return redirect(url_for("hub.faults"))

    @hub.post("/faults/<int:fault_id>/remove")
    def remove_fault(fault_id: int) -> AnyResponse:
        world.faults.remove(fault_id)
        return redirect(url_for("hub.faults"))

    @hub.post("/faults/clear")
    def clear_faults() -> AnyResponse:
        world.faults.clear()
        return redirect(url_for("hub.faults"))


def _order_fault(world: "World") -> None:
    form = request.form
    options = _options(form.get("options", ""))
    times = form.get("times", "1")
    if not times.isdecimal():
        raise ValueError(text("times_wrong", _language()))
    world.faults.add(
        form.get("service", ""), form.get("operation") or "*", form.get("kind", ""), int(times), **options
    )


def _options(given: str) -> dict[str, Any]:
    wrong = ValueError(text("options_wrong", _language()))
    try:
        options = json.loads(given) if given.strip() else {}
    except json.JSONDecodeError as error:
        raise wrong from error
    if not isinstance(options, dict) or options.keys() & {"service", "operation", "kind", "times"}:
        raise wrong
    return options


def _add_log(hub: Blueprint, world: "World") -> None:
    @hub.get("/log")
    def log() -> Response:
        return _show("hub_log.html", "log")

    @hub.get("/log/rows")
    def log_rows_json() -> Response:
        return jsonify(log_rows(world))
