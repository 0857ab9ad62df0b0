"""Connectors of the application: registration, lines, settings (Bitrix24: imopenlines/imconnector)."""

import re
from typing import Any

from sandbox.bitrix.call import Call, as_map, method
from sandbox.bitrix.errors import RestError, access_denied
from sandbox.bitrix.lines.model import Connector, Line
from sandbox.bitrix.lines.store import BUILT_IN


def _refusal(code: str, text: str) -> dict[str, Any]:
    """Registration errors come with HTTP 200."""
    return {"result": False, "error": code, "error_description": text}


@method("imconnector.register")
def register(call: Call) -> dict[str, Any]:
    """A connector; the same ID again updates it. The ID is made lower case."""
    call.require_app()
    number = str(call.get("ID", "")).lower()
    if "." in number:
        return _refusal(
            "APPLICATION_REGISTRATION_ERROR_POINT", "Using a dot in the connector identifier is not allowed"
        )
    if not re.fullmatch(r"[a-z0-9_]+", number) or number in BUILT_IN:
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
    """Identifiers and names; only for those who may change connectors."""
    call.require_app()
    if not call.user.admin:
        raise access_denied("You don't have access to this action", 400)
    return BUILT_IN | {row.id: row.name for row in call.portal.connectors.values()}


@method("imconnector.activate")
def activate(call: Call) -> bool:
    """Switch an own connector on or off on a line: "0" and "N" mean off, everything else on.

    A literal reader of the page may find "0" empty (`switches.zero_active`), and "N" not empty: that one is noted.
    """
    call.require_app()
    connector, line = _pair(call)
    wanted = str(call.get("ACTIVE"))
    if wanted == "0" and call.portal.open_lines.switches.zero_active == "refuse":
        raise RestError("ERROR_ARGUMENT", "Argument 'ACTIVE' is null or empty", argument="ACTIVE")
    if wanted == "N":
        call.portal.violation(
            "imconnector.activate: ACTIVE=N, the page says that any non-empty value enables"
        )
    call.portal.open_lines.connect(connector.id, line.id, wanted not in ("0", "N", "False"), call.user.id)
    return True


@method("imconnector.status")
def status(call: Call) -> dict[str, Any]:
    """State of a connector on a line, of built-in ones too; without LINE it is that of line 0."""
    call.require_app()
    line = call.integer("LINE")
    connector = call.portal.open_lines.connector(str(call.get("CONNECTOR")))
    works = connector is not None and connector.works_on(line)
    return {
        "LINE": line,
        "CONNECTOR": call.get("CONNECTOR"),
        "ERROR": False,
        "CONFIGURED": works,
        "STATUS": works and line in call.portal.lines,
    }


@method("imconnector.connector.data.set")
def data_set(call: Call) -> bool:
    """What the Contact Center shows about the connected channel; the whole object each time."""
    call.require_app()
    connector, line = _pair(call)
    connector.data[line.id] = call.object("DATA")
    return True


def _pair(call: Call) -> tuple[Connector, Line]:
    """An own connector and a line that exist; built-in connectors are not an application's to change."""
    connector = call.portal.connectors.get(str(call.get("CONNECTOR")))
    line = call.portal.lines.get(call.integer("LINE"))
    if connector is None or line is None:
        raise RestError("ERROR_ARGUMENT", "Unknown CONNECTOR or LINE")
    return connector, line


def channel(call: Call) -> tuple[Connector, Line]:
    """An own connector that works on an active line; raises as the message methods document it."""
    call.require_app()
    connector = call.portal.connectors.get(str(call.get("CONNECTOR")))
    if connector is None:
        raise RestError(
            "IMCONNECTOR_NO_CORRECT_PROVIDER", "Failed to find a suitable provider for the connector"
        )
    line = call.portal.lines.get(call.integer("LINE"))
    if line is None or not line.active or not connector.lines.get(line.id):
        raise RestError("NOT_ACTIVE_LINE", "The line with this ID is inactive or does not exist")
    return connector, line
