"""Open Lines: lines and the application's connector (Bitrix24: imopenlines). Messages are not here yet."""

import re
from typing import Any

from sandbox.bitrix.call import Call, as_list, as_map, method, truth
from sandbox.bitrix.crm.filters import check_filter, matches, order_rows
from sandbox.bitrix.errors import RestError, access_denied
from sandbox.bitrix.records import Connector, Line

BUILT_IN = {"livechat": "Онлайн-чат", "telegrambot": "Telegram", "network": "Битрикс24.Network"}


def _refusal(code: str, text: str) -> dict[str, Any]:
    """Registration errors come with HTTP 200."""
    return {"result": False, "error": code, "error_description": text}


@method("imconnector.register")
def register(call: Call) -> dict[str, Any]:
    """A connector; the same ID again updates it."""
    call.require_app()
    number = str(call.get("ID", ""))
    if "." in number:
        return _refusal(
            "APPLICATION_REGISTRATION_ERROR_POINT", "Using a dot in the connector identifier is not allowed"
        )
    if not re.fullmatch(r"[a-z0-9_]+", number):
        return _refusal("GENERAL_CONNECTOR_REGISTRATION_ERROR", "Wrong connector ID")
    if not as_map(call.get("ICON"), "ICON").get("DATA_IMAGE"):
        return _refusal("ICON_REQUIRED", "Connector icon is not specified")
    connector = call.portal.connectors.get(number) or Connector(id=number, name="", handler="")
    connector.name = str(call.get("NAME"))
    connector.handler = str(call.get("PLACEMENT_HANDLER"))
    connector.settings = dict(call.params)
    call.portal.connectors[number] = connector
    return {"result": True}


@method("imconnector.unregister")
def unregister(call: Call) -> dict[str, Any]:
    """Remove a connector."""
    call.require_app()
    if call.portal.connectors.pop(str(call.get("ID")), None) is None:
        return _refusal("APPLICATION_UNREGISTRATION_ERROR", "Error unregistering the application")
    return {"result": True}


@method("imconnector.list")
def connector_list(call: Call) -> dict[str, str]:
    """Identifiers and names."""
    call.require_app()
    return BUILT_IN | {row.id: row.name for row in call.portal.connectors.values()}


@method("imconnector.activate")
def activate(call: Call) -> bool:
    """Switch a connector on or off on a line."""
    call.require_app()
    connector, line = _pair(call)
    connector.lines[line.id] = truth(call.get("ACTIVE"))
    return True


@method("imconnector.status")
def status(call: Call) -> dict[str, Any]:
    """State of a connector on a line."""
    call.require_app()
    connector = call.portal.connectors.get(str(call.get("CONNECTOR")))
    line = call.integer("LINE")
    active = bool(connector and connector.lines.get(line))
    configured = active and bool(connector and line in connector.data)
    return {
        "LINE": line,
        "CONNECTOR": call.get("CONNECTOR"),
        "ERROR": False,
        "CONFIGURED": configured,
        "STATUS": active and configured,
    }


@method("imconnector.connector.data.set")
def data_set(call: Call) -> bool:
    """What the Contact Center shows about the connected channel; the whole object each time."""
    call.require_app()
    connector, line = _pair(call)
    connector.data[line.id] = call.object("DATA")
    return True


def _pair(call: Call) -> tuple[Connector, Line]:
    connector = call.portal.connectors.get(str(call.get("CONNECTOR")))
    line = call.portal.lines.get(call.integer("LINE"))
    if connector is None or line is None:
        raise RestError("ERROR_ARGUMENT", "Unknown CONNECTOR or LINE")
    return connector, line


LINE_FIELDS = {"ID", "LINE_NAME", "ACTIVE", "CRM", "CRM_CREATE", "CRM_SOURCE", "QUEUE_TYPE"}


def _line_json(line: Line, with_queue: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"CRM": "Y", "CRM_CREATE": "none", "QUEUE_TYPE": "evenly", **line.settings}
    row |= {"ID": str(line.id), "LINE_NAME": line.name, "ACTIVE": "Y" if line.active else "N"}
    queue = row.pop("QUEUE", [])
    return {**row, "QUEUE": queue} if with_queue else row


@method("imopenlines.config.list.get")
def config_list(call: Call) -> list[dict[str, Any]]:
    """Lines of the portal; `limit` 50 by default, at most 200."""
    params = call.object("PARAMS")
    with_queue = truth(call.object("OPTIONS").get("QUEUE", "N"))
    rows = [_line_json(line, with_queue) for line in call.portal.lines.values()]
    check_filter(params.get("filter"), LINE_FIELDS)
    rows = [row for row in rows if matches(row, params.get("filter"))]
    order = {name: str(value) for name, value in as_map(params.get("order"), "order").items()}
    rows = order_rows(rows, order or {"ID": "ASC"}, LINE_FIELDS)
    offset, limit = int(params.get("offset") or 0), min(int(params.get("limit") or 50), 200)
    names = [str(name) for name in as_list(params.get("select"))]
    rows = rows[offset : offset + limit]
    return [{key: row[key] for key in row if not names or key in (*names, "ID", "QUEUE")} for row in rows]


@method("imopenlines.config.get")
def config_get(call: Call) -> dict[str, Any]:
    """One line."""
    return _line_json(_line(call), truth(call.get("WITH_QUEUE", "Y")))


@method("imopenlines.config.add")
def config_add(call: Call) -> int:
    """A new line; names may repeat."""
    call.require_admin()
    params = call.object("PARAMS")
    number = max(call.portal.lines, default=0) + 1
    line = Line(id=number, name=str(params.get("LINE_NAME") or f"Открытая линия {number}"))
    _apply(line, params)
    call.portal.lines[number] = line
    return number


@method("imopenlines.config.update")
def config_update(call: Call) -> bool:
    """Change a line."""
    call.require_admin()
    _apply(_line(call), call.object("PARAMS"))
    return True


@method("imopenlines.config.delete")
def config_delete(call: Call) -> bool:
    """Delete a line; the application hears of it by ONIMCONNECTORLINEDELETE, whose data is the bare id."""
    call.require_admin()
    line = _line(call)
    del call.portal.lines[line.id]
    call.portal.events.emit("ONIMCONNECTORLINEDELETE", line.id, call.user.id)
    return True


def _line(call: Call) -> Line:
    line = call.portal.lines.get(call.integer("CONFIG_ID"))
    if line is None:
        raise access_denied("Line not found", 400)
    return line


def _apply(line: Line, params: dict[str, Any]) -> None:
    line.name = str(params.get("LINE_NAME") or line.name)
    if "ACTIVE" in params:
        line.active = truth(params["ACTIVE"])
    line.settings |= {key: value for key, value in params.items() if key not in ("LINE_NAME", "ACTIVE", "ID")}
