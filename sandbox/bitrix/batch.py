"""The `batch` method: up to 50 commands in order, values of earlier answers in later ones.

Bitrix24: settings/how-to-call-rest-api/batch. The answer is always 200; maps that are empty arrive as `[]`.
"""

import re
from typing import TYPE_CHECKING, Any

from sandbox.bitrix import rest
from sandbox.bitrix.call import truth
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.wire import decode_query
from sandbox.core.faults import ConnectionFault

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal

MAX_COMMANDS = 50
_REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")
_PART = re.compile(r"\[([^\]]*)\]")
# Uploads and downloads are not allowed in a batch (Bitrix24: error-codes).
_FORBIDDEN = {"batch", "disk.folder.uploadfile", "im.v2.file.upload"}

Parts = dict[str, dict[str, Any]]


def run(
    portal: "Portal", caller: "rest.Caller", params: dict[str, Any], log: "rest.RequestLog"
) -> dict[str, Any]:
    """Run all commands; with `halt` the first error ends it and the rest have no entries."""
    commands = _commands(params)
    log.commands = tuple(text.partition("?")[0].lower() for text in commands.values())
    halt = truth(params.get("halt", 0))
    parts: Parts = {
        "result": {},
        "result_error": {},
        "result_total": {},
        "result_next": {},
        "result_time": {},
    }
    for number, (key, text) in enumerate(commands.items()):
        try:
            _run_one(portal, caller, parts, key, text, number)
        except RestError as error:
            parts["result_error"][key] = error.as_json()
            if halt:
                break
    return {"result": {name: _shape(part) for name, part in parts.items()}}


def _commands(params: dict[str, Any]) -> dict[str, str]:
    cmd = params.get("cmd")
    if isinstance(cmd, list):
        cmd = {str(index): text for index, text in enumerate(cmd)}
    if not isinstance(cmd, dict) or not cmd:
        raise RestError("ERROR_ARGUMENT", "Argument 'cmd' is null or empty", argument="cmd")
    unknown = [
        name for name in params if name not in ("cmd", "halt", "auth") and not name.startswith("bx24_")
    ]
    if unknown:
        raise RestError("ERROR_ARGUMENT", f"Unknown parameter '{unknown[0]}' of batch", argument=unknown[0])
    for key, text in cmd.items():
        if not isinstance(text, str):
            raise RestError("ERROR_ARGUMENT", f"Command '{key}' must be of type string", argument=key)
    return {str(key): text for key, text in cmd.items()}


def _run_one(portal: "Portal", caller: "rest.Caller", parts: Parts, key: str, text: str, number: int) -> None:
    if number >= MAX_COMMANDS:
        raise RestError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded", 400)
    method, _, query = text.partition("?")
    method = method.strip().lower().removesuffix(".json")
    if method in _FORBIDDEN:
        raise RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", 405)
    trouble = rest.ordered_inside(portal, method)
    if trouble is not None:
        raise trouble
    params = _resolve(decode_query(query), parts["result"])
    answer = rest.execute(portal, caller, method, params)
    parts["result"][key] = answer["result"]
    parts["result_time"][key] = answer["time"]
    for name in ("total", "next"):
        if name in answer:
            parts[f"result_{name}"][key] = answer[name]
    broken = portal.world.faults.take("bitrix", method, "after")
    if broken is not None:
        raise ConnectionFault(broken)


def _resolve(value: Any, results: dict[str, Any]) -> Any:
    """Put values of earlier answers in: a whole value keeps its type, within a text it becomes text."""
    if isinstance(value, dict):
        return {key: _resolve(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve(item, results) for item in value]
    if not isinstance(value, str) or "$result" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return _find(whole[1], results)
    return _REFERENCE.sub(lambda match: _as_text(_find(match[1], results)), value)


def _find(path: str, results: dict[str, Any]) -> Any:
    """The value at a path; None when an earlier command failed or has no such field."""
    node: Any = results
    for part in _PART.findall(path):
        if isinstance(node, list):
            node = node[int(part)] if part.isdigit() and int(part) < len(node) else None
        elif isinstance(node, dict):
            node = node.get(part)
        else:
            return None
    return node


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def _shape(part: dict[str, Any]) -> Any:
    """A map with the keys 0..n-1 is a list in PHP's JSON, and so is an empty one."""
    return [*part.values()] if [*part] == [str(index) for index in range(len(part))] else part
