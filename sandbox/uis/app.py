"""The UIS of the sandbox over HTTP: login, set-up ("logic"), Chat API and Data API behind one port."""

from flask import Flask, Request, Response, g, request

from sandbox.core.faults import Fault, Phase
from sandbox.core.http import break_on_faults, broken_answer, json_answer
from sandbox.uis import adapter, data_api, integration, login, site
from sandbox.uis.offline import Uis
from sandbox.uis.shapes import Refused, bearer
from sandbox.uis.state import Host

SERVICES = {
    "/api/auth/json_rpc": "uis_login",
    "/v1/integration": "uis_logic",
    "/v1/adapter": "uis_chat",
    "/v2.0": "uis_data",
}


def create_uis(world: Host) -> Flask:
    """The application of port base+2; the personal account's pages are registered on it by others."""
    app = Flask("sandbox.uis", static_folder=None)
    # The order of keys is part of what the pages show.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    uis: Uis = world.uis
    break_on_faults(app)
    app.register_error_handler(Refused, lambda error: error.answer())
    _switch_faults(app, uis)
    app.register_blueprint(login.blueprint(uis))
    app.register_blueprint(integration.blueprint(uis))
    app.register_blueprint(adapter.blueprint(uis))
    app.register_blueprint(data_api.blueprint(uis))
    app.register_blueprint(site.blueprint(uis))
    _serve_files(app, uis)
    return app


def _switch_faults(app: Flask, uis: Uis) -> None:
    @app.before_request
    def break_before() -> Response | None:
        g.fault_key = _key(request)
        fault = _taken(uis, "before")
        return _broken(uis, fault) if fault else None

    @app.after_request
    def break_after(response: Response) -> Response:
        fault = _taken(uis, "after")
        return broken_answer(fault) if fault else response


def _taken(uis: Uis, phase: Phase) -> Fault | None:
    service, operation = g.get("fault_key") or ("", "")
    return uis.world.faults.take(service, operation, phase) if service else None


def _key(incoming: Request) -> tuple[str, str] | None:
    for prefix, service in SERVICES.items():
        if incoming.path.startswith(prefix):
            return service, _operation(incoming, service)
    return None


def _operation(incoming: Request, service: str) -> str:
    if service in ("uis_chat", "uis_logic"):
        return incoming.path
    body = incoming.get_json(silent=True)
    return str(body.get("method", "")) if isinstance(body, dict) else ""


def _broken(uis: Uis, fault: Fault) -> Response:
    if fault.kind == "expired_token":
        return _expired(uis, fault)
    if fault.kind != "error":
        return broken_answer(fault)
    if fault.service == "uis_data":
        return data_api.fault_answer(uis, str(fault.options.get("mnemonic", "internal_error")))
    if fault.service == "uis_login":
        return login.error_answer(str(fault.options.get("description", "Internal error")))
    detail = str(fault.options.get("description", "the sandbox was told to fail"))
    return json_answer({"detail": detail}, int(fault.options.get("status", 400)))


def _expired(uis: Uis, fault: Fault) -> Response:
    if fault.service == "uis_data":
        return data_api.fault_answer(uis, "access_token_invalid")
    if fault.service == "uis_login":
        return login.error_answer("Login or password is wrong")
    with uis.lock:
        uis.jwts.pop(bearer(), None)
        uis.adapter_tokens.pop(bearer(), None)
    return json_answer({"detail": "token has expired"}, 401)


def _serve_files(app: Flask, uis: Uis) -> None:
    @app.get("/files/<int:resource_id>/<token>")
    def download(resource_id: int, token: str) -> Response:
        with uis.lock:
            resource = uis.resources.get(resource_id)
        if resource is None or resource.token != token:
            return json_answer({"detail": "no such file"}, 404)
        return Response(resource.data, content_type=resource.mime_type)
