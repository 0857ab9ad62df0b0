"""Control API `/_control`: lets another process look into the sandbox, break it and act in it."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from sandbox.core.http import json_answer

if TYPE_CHECKING:
    from sandbox.world import World


def create_control(world: "World") -> Blueprint:
    """JSON in and out; a wrong request answers 400 with `error` in words."""
    control = Blueprint("control", __name__, url_prefix="/_control")
    control.register_error_handler(ValueError, _refuse)
    control.register_error_handler(KeyError, _refuse)
    control.register_error_handler(TypeError, _refuse)
    _add_faults(control, world)
    return control


def _refuse(error: Exception) -> Response:
    return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)


def _add_faults(control: Blueprint, world: "World") -> None:
    @control.get("/faults")
    def list_faults() -> Response:
        return json_answer(
            {"faults": [fault.as_json() for fault in world.faults.list()], "taken": world.faults.taken}
        )

    @control.post("/faults")
    def add_fault() -> Response:
        body: dict[str, Any] = dict(request.get_json())
        options = body.pop("options", {})
        return json_answer(world.faults.add(**body, **options).as_json(), 201)

    @control.delete("/faults")
    def clear_faults() -> Response:
        world.faults.clear()
        return json_answer({"faults": []})

    @control.delete("/faults/<int:fault_id>")
    def remove_fault(fault_id: int) -> Response:
        return json_answer({"removed": world.faults.remove(fault_id)})

    @control.post("/shop")
    def paste_code() -> Response:
        world.shop_code = str(request.get_json()["code"])
        return json_answer({"code": world.shop_code})

    @control.post("/clock")
    def advance() -> Response:
        world.clock.advance(float(request.get_json()["seconds"]))
        return json_answer({"now": world.clock.now()})
