"""Sources of the CRM for the channels of UIS, made once when an administrator asks for it.

Bitrix24: crm/status/crm-status-add (`ENTITY_ID` SOURCE). The code of a source is its marker: the directory is read
before, so that nothing is made twice, and after, so that the answer says what there is.
"""

from collections.abc import Mapping

from app.storage.database import reading
from app.storage.queries import directory
from app.storage.services import Services
from bitrix_app.client import PortalClient
from bitrix_app.directories import read_directories
from bitrix_app.encoding import command

SORT = 500


def make_sources(services: Services, client: PortalClient, wanted: Mapping[str, str]) -> dict[str, str]:
    """Make the sources (code -> name) that the portal has not. Returns its refusals by code. Raises BitrixError."""
    read_directories(services, client)
    missing = {
        code: name for code, name in wanted.items() if code not in known(services, client.installation_id)
    }
    if not missing:
        return {}
    answer = client.batch({code: _add(code, name) for code, name in missing.items()})
    read_directories(services, client)
    there = known(services, client.installation_id)
    refused = {code: f"{error.code} {error.text}".strip() for code, error in answer.errors.items()}
    return {code: refused.get(code, "") for code in missing if code not in there}


def known(services: Services, installation_id: int) -> frozenset[str]:
    """Codes of the portal's sources as last read."""
    with services.sessions() as session:
        rows = directory.items(reading(session), installation_id, "crm_sources") or []
    return frozenset(str(row["id"]) for row in rows)


def _add(code: str, name: str) -> str:
    fields = {"ENTITY_ID": "SOURCE", "STATUS_ID": code, "NAME": name, "SORT": SORT}
    return command("crm.status.add", {"fields": fields})
