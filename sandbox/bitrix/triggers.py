"""Triggers of the application in CRM automation (Bitrix24: crm/automation/triggers).

What a trigger does is the portal's own setting: `move_to` is the stage to which it takes a card.
"""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.bitrix.call import Call, method
from sandbox.bitrix.crm.fields import DEAL, LEAD
from sandbox.bitrix.errors import RestError, access_denied

QUOTE, SMART_INVOICE = 7, 31


@dataclass(slots=True, kw_only=True)
class Trigger:
    """A registered trigger."""

    code: str
    name: str
    move_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRun:
    """A trigger that has fired on a card; `at`: unix seconds."""

    code: str
    owner: tuple[int, int]
    at: float


@method("crm.automation.trigger.add")
def trigger_add(call: Call) -> bool:
    """A trigger; the same code again renames it."""
    code, name = _code(call), str(call.get("NAME"))
    call.portal.triggers.setdefault(code, Trigger(code=code, name=name)).name = name
    return True


@method("crm.automation.trigger.list")
def trigger_list(call: Call) -> list[dict[str, str]]:
    """Names and codes."""
    _require_rights(call)
    return [{"NAME": row.name, "CODE": row.code} for row in call.portal.triggers.values()]


@method("crm.automation.trigger.delete")
def trigger_delete(call: Call) -> bool:
    """Remove a trigger."""
    del call.portal.triggers[_registered(call).code]
    return True


@method("crm.automation.trigger.execute")
def trigger_execute(call: Call) -> bool:
    """Fire a trigger on a lead, deal, quote, invoice or element of a smart process."""
    trigger = _registered(call)
    kind, number = call.integer("OWNER_TYPE_ID"), call.integer("OWNER_ID")
    crm = call.portal.crm
    if kind not in (LEAD, DEAL, QUOTE, SMART_INVOICE, *crm.types):
        raise _wrong("Incorrect parameter OWNER_TYPE_ID.")
    if number not in crm.items.get(kind, {}):
        raise _wrong("Incorrect parameter OWNER_ID.")
    run = TriggerRun(code=trigger.code, owner=(kind, number), at=call.portal.world.clock.now())
    call.portal.trigger_runs.append(run)
    if trigger.move_to:
        crm.update(kind, number, {"stageId": trigger.move_to}, None)
    return True


def _require_rights(call: Call) -> None:
    if call.client_id is None:
        raise access_denied("Access denied! Application context required", 400)
    if not call.user.admin:
        raise access_denied("Access denied! Admin permissions required", 400)


def _code(call: Call) -> str:
    _require_rights(call)
    code = str(call.get("CODE"))
    if not re.fullmatch(r"[a-z0-9.\-_]+", code):
        raise _wrong("Wrong trigger code!")
    return code


def _registered(call: Call) -> Trigger:
    code = _code(call)
    if code not in call.portal.triggers:
        raise _wrong(f"Trigger with code {code} is not registered.")
    return call.portal.triggers[code]


def _wrong(text: str) -> RestError:
    """Errors of this section have an empty code."""
    return RestError("", text)


def summary(trigger: Trigger) -> dict[str, Any]:
    """For the control API."""
    return {"code": trigger.code, "name": trigger.name, "move_to": trigger.move_to}
