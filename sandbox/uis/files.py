"""Files of messages: `/v1/adapter/resource` (Chat API: "Добавление ресурса", "Получение данных ресурса")."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, request

from sandbox.core.http import json_answer
from sandbox.uis.actions import RESOURCE_TYPES
from sandbox.uis.entities import Adapter, Link
from sandbox.uis.offline import Uis
from sandbox.uis.shapes import Refused, check

LinkOf = Callable[[Uis, Adapter, dict[str, Any]], Link]


def add_routes(routes: Blueprint, uis: Uis, link_of: LinkOf) -> None:
    """Upload as multipart form and download of the payload."""

    @routes.post("/resource")
    def upload() -> Response:
        if request.mimetype != "multipart/form-data":
            raise Refused(415, "the body must be multipart/form-data")
        form = request.form.to_dict()
        check(form, {"account_id": "text", "channel_id": "text", "type": "text"}, {})
        if form["type"] not in RESOURCE_TYPES:
            raise Refused(422, f"type must be one of {', '.join(RESOURCE_TYPES)}")
        if set(request.files) != {"file"}:
            raise Refused(422, "the form must hold one file, named file")
        sent = request.files["file"]
        with uis.lock:
            link = link_of(uis, g.adapter, _place(form))
            resource = uis.new_resource(link.channel, form["type"], sent.filename or "file", sent.read())
            return json_answer(resource.as_json())

    @routes.get("/resource/<int:account_id>/<int:channel_id>/<int:resource_id>/<token>/payload")
    def payload(account_id: int, channel_id: int, resource_id: int, token: str) -> Response:
        with uis.lock:
            link = link_of(uis, g.adapter, {"account_id": account_id, "channel_id": channel_id})
            resource = uis.resources.get(resource_id)
            if resource is None or resource.token != token or resource.channel_id != link.channel.id:
                raise Refused(404, f"no resource {resource_id}")
        return Response(resource.data, content_type=resource.mime_type)


def _place(form: dict[str, str]) -> dict[str, int]:
    try:
        return {name: int(form[name]) for name in ("account_id", "channel_id")}
    except ValueError:
        raise Refused(422, "account_id and channel_id must be numbers") from None
