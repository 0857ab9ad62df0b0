"""Sales Intelligence traces and the merge of duplicates."""

import json
from typing import Any

from sandbox.bitrix.call import Call, as_list, as_map, method
from sandbox.bitrix.crm.fields import OWNER_TYPES
from sandbox.bitrix.errors import RestError

TRACEABLE = {"LEAD": 1, "DEAL": 2, "CONTACT": 3, "COMPANY": 4}


@method("crm.tracking.trace.add")
def trace_add(call: Call) -> int:
    """Bitrix24: crm/tracking/crm-tracking-trace-add; every repeat makes one more trace."""
    try:
        trace = json.loads(str(call.get("TRACE", "")))
    except ValueError as error:
        raise RestError("ERROR_CORE", "Can not parse JSON in parameter `TRACE`.") from error
    entities: list[tuple[str, int]] = []
    for row in as_list(call.get("ENTITIES")):
        kind = str(row["TYPE"]).upper()
        if kind not in TRACEABLE:
            raise RestError(
                "ERROR_CORE",
                "Wrong TYPE in parameter `ENTITIES`. Allowed types: COMPANY,CONTACT,DEAL,LEAD,QUOTE",
            )
        if int(row["ID"]) not in call.portal.crm.items[TRACEABLE[kind]]:
            raise RestError("ERROR_CORE", "Wrong ID in parameter `ENTITIES`.")
        entities.append((kind, int(row["ID"])))
    call.portal.crm.traces.append({"TRACE": trace, "ENTITIES": entities})
    return len(call.portal.crm.traces)


@method("crm.entity.mergeBatch")
def merge_batch(call: Call) -> dict[str, Any]:
    """Merge into the first id; the others are deleted (Bitrix24: crm/duplicates/crm-entity-merge-batch)."""
    params = as_map(call.get("params"), "params")
    entity_type = int(params["entityTypeId"])
    ids = [int(number) for number in as_list(params["entityIds"])]
    if entity_type not in OWNER_TYPES or len(ids) < 2:
        raise RestError("ERROR_ARGUMENT", "entityTypeId and at least two entityIds are required")
    call.portal.crm.merge(entity_type, ids, call.user.id)
    return {"STATUS": "SUCCESS", "ENTITY_IDS": ids[1:]}
