"""Fields of leads, deals, contacts and companies with the items of their lists, read for the mapping.

Bitrix24: crm/universal/crm-item-fields, crm/status/crm-status-list. One request for all.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID
from app.domain.fields import FieldInfo, from_portal, to_row
from bitrix_app.batch import BatchAnswer
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import Rejected, UserRefused

STATUSES = "statuses"
DIRECTORIES = tuple(f"fields_{kind}" for kind in ENTITY_TYPE_ID)
"""Names of the directories that hold the fields: `fields_lead`, `fields_deal`, `fields_contact`, `fields_company`."""


def field_commands() -> dict[str, str]:
    """What to ask for, by the names of the directories."""
    return {
        f"fields_{kind}": command("crm.item.fields", {"entityTypeId": number})
        for kind, number in ENTITY_TYPE_ID.items()
    }


def field_rows(answer: BatchAnswer, statuses: Any) -> dict[str, list[dict[str, Any]]]:
    """The directories as plain rows (`app.domain.fields.to_row`); `statuses`: the whole answer of `crm.status.list`.

    An entity that the portal does not answer for (leads of a simple CRM) is left out, so that what is known of it
    stays. Raises BitrixError for everything else that went wrong: half a list is none.
    """
    lists, found = _lists(statuses), {}
    for kind in ENTITY_TYPE_ID:
        name = f"fields_{kind}"
        if name in answer.errors:
            meaning = answer.errors[name].meaning()
            if not isinstance(meaning, Rejected) or isinstance(meaning, UserRefused):
                raise meaning
        elif name in answer.results:
            found[name] = [
                to_row(_with_items(info, lists)) for info in from_portal(kind, answer.results[name])
            ]
    return found


def read_fields(client: PortalClient) -> dict[str, list[dict[str, Any]]]:
    """The directories of fields, in one request. Raises BitrixError."""
    answer = client.batch(
        field_commands() | {STATUSES: command("crm.status.list", {"order": {"SORT": "ASC"}})}
    )
    if STATUSES in answer.errors:
        raise answer.errors[STATUSES].meaning()
    return field_rows(answer, answer.results.get(STATUSES))


def _lists(statuses: Any) -> dict[str, dict[str, str]]:
    rows = statuses.values() if isinstance(statuses, Mapping) else statuses or []
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if isinstance(row, Mapping) and row.get("STATUS_ID"):
            items = found.setdefault(str(row.get("ENTITY_ID")), {})
            items[str(row["STATUS_ID"])] = str(row.get("NAME") or row["STATUS_ID"])
    return found


def _with_items(info: FieldInfo, lists: Mapping[str, Mapping[str, str]]) -> FieldInfo:
    """A field of a dictionary with its items; which dictionary, an older portal may not say."""
    if info.type != "crm_status" or info.items:
        return info
    name = info.list_of or DICTIONARIES.get((info.entity, info.name)) or DICTIONARIES.get(("", info.name))
    return replace(info, list_of=name, items=lists.get(name or "", {}))


DICTIONARIES = {
    ("", "sourceId"): "SOURCE", ("", "honorific"): "HONORIFIC", ("lead", "stageId"): "STATUS",
    ("deal", "typeId"): "DEAL_TYPE", ("contact", "typeId"): "CONTACT_TYPE", ("company", "typeId"): "COMPANY_TYPE",
    ("company", "industry"): "INDUSTRY", ("company", "employees"): "EMPLOYEES",
}  # fmt: skip
"""Bitrix24: crm/status/crm-status-list, `ENTITY_ID`."""
