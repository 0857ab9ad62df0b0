"""`/_frame/<APP_SID>/...`: what static/frame_host.js asks the portal for while an application is open."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, request

from sandbox.pages.crm_views import found_items

if TYPE_CHECKING:
    from sandbox.pages.desk import Desk


def add_frame_service(pages: Blueprint, desk: "Desk") -> None:
    """JSON in and out; 404 for a frame that is not open, 403 for what its user may not do."""
    frames = desk.frames

    @pages.post("/_frame/<sid>/refresh")
    def refresh(sid: str) -> Response:
        return jsonify(frames.refresh(sid))

    @pages.post("/_frame/<sid>/install-finish")
    def install_finish(sid: str) -> Response:
        return jsonify({"result": True, "url": frames.finish(sid)})

    @pages.post("/_frame/<sid>/first-run")
    def first_run(sid: str) -> Response:
        frames.launched(sid)
        return jsonify({"result": True})

    @pages.post("/_frame/<sid>/<any('app-option', 'user-option'):kind>")
    def option(sid: str, kind: str) -> Response:
        given: dict[str, Any] = request.get_json()
        frames.set_option(sid, str(given["name"]), given.get("value"), personal=kind == "user-option")
        return jsonify({"result": True})

    @pages.post("/_frame/<sid>/crm-items")
    def crm_items(sid: str) -> Response:
        frames.opened[sid]
        return jsonify({"items": found_items(desk.portal, request.get_json().get("types") or [])})

    @pages.errorhandler(KeyError)
    def unknown(error: KeyError) -> Response:
        return make_response(jsonify({"error": f"no such frame, or it may not do this: {error}"}), 404)

    @pages.errorhandler(PermissionError)
    def forbidden(error: PermissionError) -> Response:
        return make_response(jsonify({"error": str(error)}), 403)
