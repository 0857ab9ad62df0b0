"""Lines and their channels by name, for settings and reports.

Bitrix24: imopenlines/openlines/imopenlines-config-list-get, imopenlines/imconnector/imconnector-list.
"""

from typing import Any

from app.storage.models import Installation
from app.storage.queries import directory
from app.storage.services import Services
from bitrix_app import manifest
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.values import mapping, number, rows

MOST = 200
LINES = {"PARAMS": {"select": ["ID", "LINE_NAME", "ACTIVE"], "order": {"ID": "ASC"}, "limit": MOST}}


def read_lines(services: Services, client: PortalClient) -> dict[str, int]:
    """Read and store both lists; how many of each, nothing without the rights. Raises BitrixError."""
    with services.sessions() as session:
        scope = frozenset(session.get_one(Installation, client.installation_id).scope.split(","))
    if not scope >= manifest.CONNECTOR_SCOPES:
        return {}
    commands = {
        "lines": command("imopenlines.config.list.get", LINES),
        "connectors": command("imconnector.list", {}),
    }
    answer = client.batch(commands)
    for error in answer.errors.values():
        raise error.meaning()
    found = {
        "lines": _lines(answer.results["lines"]),
        "connectors": _connectors(answer.results["connectors"]),
    }
    with services.sessions.begin() as session:
        for name, listed in found.items():
            directory.put(session, client.installation_id, name, listed, services.clock.now())
    return {name: len(listed) for name, listed in found.items()}


def _lines(result: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": number(row.get("ID")),
            "title": str(row.get("LINE_NAME") or ""),
            "active": row.get("ACTIVE") == "Y",
        }
        for row in rows(result)
        if number(row.get("ID"))
    ]


def _connectors(result: Any) -> list[dict[str, Any]]:
    """Channels of the portal; our own is left out, its chats are those of UIS."""
    return [
        {"id": str(code), "title": str(name)}
        for code, name in mapping(result).items()
        if code != manifest.CONNECTOR_ID
    ]
