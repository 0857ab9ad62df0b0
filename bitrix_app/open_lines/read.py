"""What a portal says of its open lines: settings that matter to us, and whose connectors are on.

Bitrix24: imopenlines.config.list.get, imconnector.list, imconnector.status.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bitrix_app.batch import MAX_COMMANDS
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.manifest import CONNECTOR_ID

PAGE = 200
SETTINGS = ("ACTIVE", "CRM", "CRM_CREATE", "CRM_CREATE_SECOND")


@dataclass(slots=True, kw_only=True)
class Line:
    """A line as it was read. `live`: `{"active", "crm", "crm_create", "crm_create_second", "queue": [user ids],
    "status": {"configured", "status", "error"}, "others": [{"id", "name"}]}`."""

    id: int
    name: str
    live: dict[str, Any] = field(default_factory=dict)


def read_lines(client: PortalClient) -> tuple[dict[int, Line], dict[str, str] | None]:
    """All lines, and the portal's connectors (id -> name; None when they may not be listed). Raises BitrixError."""
    answer = client.batch({"lines": _page(0), "connectors": command("imconnector.list", {})})
    if "lines" in answer.errors:
        raise answer.errors["lines"].meaning("imopenlines.config.list.get")
    rows = _rows(answer.results.get("lines"))
    while len(rows) % PAGE == 0 and rows:
        more = _rows(client.call("imopenlines.config.list.get", _page_params(len(rows))).get("result"))
        rows += more
        if not more:
            break
    connectors = answer.results.get("connectors")
    named = (
        {str(code): str(name) for code, name in connectors.items()}
        if isinstance(connectors, Mapping)
        else None
    )
    return {line.id: line for line in map(_line, rows)}, named


def read_connectors(
    client: PortalClient, lines: Iterable[Line], connectors: Mapping[str, str] | None
) -> None:
    """Fill in who is on these lines: ours, and others that could carry the same client a second time."""
    wanted = list(lines)
    codes = [CONNECTOR_ID, *(code for code in connectors or {} if code != CONNECTOR_ID)]
    pairs = [(line, code) for line in wanted for code in codes]
    for line in wanted:
        line.live["others"] = [] if connectors is not None else None
    for start in range(0, len(pairs), MAX_COMMANDS):
        part = pairs[start : start + MAX_COMMANDS]
        answer = client.batch(
            {f"s{at}": status_command(line.id, code) for at, (line, code) in enumerate(part)}
        )
        for at, (line, code) in enumerate(part):
            _note(line, code, answer.results.get(f"s{at}"), connectors or {})


def status_command(line_id: int, code: str = CONNECTOR_ID) -> str:
    """A question for the state of a connector on a line."""
    return command("imconnector.status", {"CONNECTOR": code, "LINE": line_id})


def status_of(result: Any) -> dict[str, bool] | None:
    """`{"configured", "status", "error"}`, None when there was no answer."""
    if not isinstance(result, Mapping):
        return None
    return {name.lower(): is_on(result.get(name)) for name in ("CONFIGURED", "STATUS", "ERROR")}


def is_on(value: Any) -> bool:
    """A boolean of a portal in any of its spellings."""
    return value is True or str(value).upper() in ("1", "Y", "TRUE")


def _note(line: Line, code: str, result: Any, names: Mapping[str, str]) -> None:
    status = status_of(result)
    if code == CONNECTOR_ID:
        line.live["status"] = status
    elif status is not None and status["status"]:
        line.live["others"].append({"id": code, "name": names[code]})


def _page(offset: int) -> str:
    return command("imopenlines.config.list.get", _page_params(offset))


def _page_params(offset: int) -> dict[str, Any]:
    params = {
        "select": ["ID", "LINE_NAME", *SETTINGS],
        "order": {"ID": "asc"},
        "limit": PAGE,
        "offset": offset,
    }
    return {"PARAMS": params, "OPTIONS": {"QUEUE": "Y"}}


def _line(row: Mapping[str, Any]) -> Line:
    live: dict[str, Any] = {
        "active": is_on(row.get("ACTIVE")),
        "crm": is_on(row.get("CRM")),
        "crm_create": str(row.get("CRM_CREATE") or "none"),
        # "0" works as a yes, like everything but "N".
        "crm_create_second": str(row.get("CRM_CREATE_SECOND") or ""),
        "queue": [int(user) for user in _list(row.get("QUEUE")) if str(user).isdecimal()],
    }
    return Line(id=int(row["ID"]), name=str(row.get("LINE_NAME") or f"#{row['ID']}")[:255], live=live)


def _rows(result: Any) -> list[Mapping[str, Any]]:
    return [row for row in _list(result) if isinstance(row, Mapping) and str(row.get("ID", "")).isdecimal()]


def _list(value: Any) -> list[Any]:
    return list(value.values() if isinstance(value, Mapping) else value or [])
