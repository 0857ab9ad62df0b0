"""What UIS's own script on a customer's site calls: visits, requests, properties (UIS: javascript_api)."""

import itertools
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from sandbox.core.http import json_answer
from sandbox.uis.data_lists import SITE_KEYS
from sandbox.uis.offline import Uis
from sandbox.uis.store import fill_card
from sandbox.uis.traffic import SITE

SCRIPT = Path(__file__).parent / "static" / "cs.min.js"
CONTACT = ("name", "phone", "email")


def blueprint(uis: Uis) -> Blueprint:
    """`/static/cs.min.js`, `/site/...` for it, and `/api/add_offline_message/` for servers of sites."""
    routes = Blueprint("uis_site", __name__)
    hits = itertools.count(546833568748)

    @routes.get("/static/cs.min.js")
    def script() -> Response:
        return Response(SCRIPT.read_bytes(), content_type="application/javascript; charset=utf-8")

    @routes.after_request
    def open_to_sites(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    @routes.post("/site/visit")
    def visit() -> Response:
        body = _body()
        if body.get("key") != SITE_KEYS["app_key"]:
            return json_answer({"error": "unknown account"}, 403)
        query = urlsplit(str(body.get("page") or "")).query
        page = f"https://{SITE['domain_name']}/{'?' + query if query else ''}"
        session = uis.visit(page, body.get("visitor"), body.get("session"))
        ids = {"visitor_id": session.visitor_id, "session_id": session.id, "hit_id": next(hits)}
        return json_answer({**ids, "key": SITE_KEYS["site_key"]})

    _add_writes(routes, uis)
    return routes


def _add_writes(routes: Blueprint, uis: Uis) -> None:
    @routes.post("/site/<any(request, info, property, event):kind>")
    def write(kind: str) -> Response:
        body = _body()
        with uis.lock:
            visitor = uis.visitors.get(body.get("visitor") or 0)
            if visitor is None:
                return json_answer({"success": False, "result": None}, 404)
            try:
                if kind == "request":
                    _request(uis, visitor.id, body)
                elif kind == "info":
                    info = {name: str(body["info"].get(name) or "") for name in CONTACT}
                    fill_card(
                        visitor, name=info["name"], phones=_one(info["phone"]), emails=_one(info["email"])
                    )
                elif kind == "property":
                    visitor.properties[str(body["name"])] = str(body["value"])
            except ValueError:
                return json_answer({"success": False, "result": None}, 400)
        return json_answer({"success": True, "result": None})

    @routes.post("/api/add_offline_message/")
    def add_offline_message() -> Response:
        form = request.form.to_dict()
        if form.get("key") != SITE_KEYS["site_key"]:
            return json_answer({"success": False}, 403)
        given = {"name": form.get("name"), "email": form.get("email"), "phone": form.get("phone")}
        made = {
            "request": {**given, "message": form.get("text")},
            "session": int(form.get("session_id") or 0),
        }
        with uis.lock:
            _request(uis, int(form.get("visitor_id") or 0), made)
        return json_answer({"success": True})


def _request(uis: Uis, visitor_id: int, body: dict[str, Any]) -> None:
    given: dict[str, Any] = body["request"]
    name, phone, email = (str(given[key]) if given.get(key) else None for key in CONTACT)
    uis.offline_request(
        name=name,
        phone=phone,
        email=email,
        text=given.get("message"),
        form_name=given.get("form_name"),
        group_id=given.get("group_id"),
        visitor=visitor_id,
        session=body.get("session"),
    )


def _one(value: str) -> list[str]:
    return [value] if value else []


def _body() -> dict[str, Any]:
    found = json.loads(request.get_data(as_text=True) or "{}")
    return found if isinstance(found, dict) else {}
