"""Automation rules ("robots") of the application, and their runs (Bitrix24: bizproc/bizproc-robot).

A run posts a form to the handler through the same queue as events (faults know it as `ROBOT.<code>`). Unless the rule
was registered with `USE_SUBSCRIPTION=N` it waits for `bizproc.event.send` with its token.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.bitrix.call import Call, as_list, method
from sandbox.bitrix.crm import legacy
from sandbox.bitrix.deliveries import Delivery
from sandbox.bitrix.errors import RestError, access_denied

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Item
    from sandbox.bitrix.portal import Portal
    from sandbox.bitrix.state import PortalState

INVALID = "ERROR_ACTIVITY_VALIDATION_FAILURE"
PROPERTY_TYPES = (
    "bool", "date", "datetime", "double", "file", "int", "select", "string", "text", "user",
)  # fmt: skip
DOCUMENTS = {1: ("CCrmDocumentLead", "LEAD"), 2: ("CCrmDocumentDeal", "DEAL")}
DYNAMIC = "Bitrix\\Crm\\Integration\\BizProc\\Document\\Dynamic"
EDITION = "b24"
_FIELD = re.compile(r"\{=Document:(\w+)\}")


@dataclass(slots=True, kw_only=True)
class Robot:
    """A registered rule; `waits` for the application unless told otherwise."""

    code: str
    handler: str
    name: Any
    waits: bool = True
    auth_user_id: int | None = None
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    returns: dict[str, dict[str, Any]] = field(default_factory=dict)
    filter: dict[str, Any] = field(default_factory=dict)
    document_type: list[str] = field(default_factory=list)
    placement_handler: str = ""

    def title(self, language: str) -> str:
        """The name in a language."""
        return localized(self.name, language) or self.code


@dataclass(slots=True, kw_only=True)
class RobotRun:
    """One run on a card: `waiting` until the application answers, `done` after that; `sent` when nobody waits."""

    token: str
    workflow_id: str
    code: str
    owner: tuple[int, int]
    properties: dict[str, Any]
    state: str
    at: float
    delivery: Delivery | None = None
    returned: dict[str, Any] = field(default_factory=dict)
    log: str = ""


def run_json(run: RobotRun) -> dict[str, Any]:
    """For the control API."""
    return {
        "code": run.code,
        "token": run.token,
        "owner": run.owner,
        "properties": run.properties,
        "state": run.state,
        "status": run.delivery.status if run.delivery else None,
        "returned": run.returned,
        "log": run.log,
    }


def localized(value: Any, language: str) -> str:
    """A text, or one of its translations."""
    if isinstance(value, dict):
        return str(value.get(language) or value.get("en") or next(iter(value.values()), ""))
    return "" if value is None else str(value)


def document_of(entity_type: int) -> list[str]:
    """The document type of an entity type, three texts."""
    kind, name = DOCUMENTS.get(entity_type, (DYNAMIC, f"DYNAMIC_{entity_type}"))
    return ["crm", kind, name]


def offered(robot: Robot, entity_type: int) -> bool:
    """Whether a cloud portal shows the rule for an entity type; contacts and companies have no rules at all."""
    if entity_type in (3, 4):
        return False
    document = document_of(entity_type)

    def hit(rule: Any) -> bool:
        return rule == EDITION if isinstance(rule, str) else document[: len(as_list(rule))] == as_list(rule)

    included, excluded = (as_list(robot.filter.get(name)) for name in ("INCLUDE", "EXCLUDE"))
    return (not included or any(map(hit, included))) and not any(map(hit, excluded))


def run_robot(
    portal: "Portal", code: str, entity_type: int, item_id: int, properties: dict[str, Any] | None = None
) -> RobotRun:
    """A robot fires on a card; `{=Document:TITLE}` in a property is filled in from it.

    Raises ValueError for an unknown rule or property, RestError for an unknown card.
    """
    with portal.lock:
        robot = portal.robots.get(code)
        if robot is None or not offered(robot, entity_type):
            raise ValueError(f"no robot {code!r} for entity type {entity_type}")
        item = portal.crm.get(entity_type, item_id)
        values = _filled(portal, robot, item, properties or {})
        run = RobotRun(
            token=secrets.token_hex(16),
            workflow_id=f"{secrets.token_hex(7)}.{portal.next_id('workflow')}",
            code=code,
            owner=(entity_type, item_id),
            properties=values,
            state="waiting" if robot.waits else "sent",
            at=portal.world.clock.now(),
        )
        portal.robot_runs.append(run)
        run.delivery = portal.events.post(f"ROBOT.{code}", robot.handler, _body(portal, robot, run))
        return run


def _body(portal: "Portal", robot: Robot, run: RobotRun) -> dict[str, Any]:
    document = document_of(run.owner[0])
    return {
        "workflow_id": run.workflow_id,
        "code": robot.code,
        "document_id": [*document[:2], f"{document[2]}_{run.owner[1]}"],
        "document_type": document,
        "event_token": run.token,
        "properties": run.properties,
        "use_subscription": "Y" if robot.waits else "N",
        "timeout_duration": 0,
        "ts": portal.events.stamp(),
        # Nobody acted, so there are tokens only when the rule names a user for them.
        "auth": portal.events.auth(robot.auth_user_id),
    }


def _filled(portal: "Portal", robot: Robot, item: "Item", given: dict[str, Any]) -> dict[str, Any]:
    unknown = set(given) - set(robot.properties)
    if unknown:
        raise ValueError(f"robot {robot.code} has no property {', '.join(sorted(unknown))}")
    card = legacy.as_json(portal.crm, item)
    values = {}
    for name, about in robot.properties.items():
        value = given.get(name, about.get("Default", ""))
        if value in (None, "") and str(about.get("Required")) in ("Y", "True", "true", "1"):
            raise ValueError(f"robot {robot.code}: property {name} is required")
        if isinstance(value, str):
            value = _FIELD.sub(lambda match: str(card.get(match[1]) or ""), value)
        values[name] = value
    return values


@method("bizproc.robot.add")
def robot_add(call: Call) -> bool:
    """A new rule; one with this code is refused."""
    _require_rights(call)
    code = _code(call)
    if code in call.portal.robots:
        raise RestError("ERROR_ACTIVITY_ALREADY_INSTALLED", "Activity or Automation rule already installed!")
    robot = Robot(code=code, handler="", name="")
    _write(call.portal, robot, {key: value for key, value in call.params.items() if key != "CODE"})
    call.portal.robots[code] = robot
    return True


@method("bizproc.robot.update")
def robot_update(call: Call) -> bool:
    """Change some fields of a rule."""
    _require_rights(call)
    robot = _robot(call)
    fields = call.object("FIELDS")
    if not fields:
        raise RestError(INVALID, "No fields to update")
    _write(call.portal, robot, fields)
    return True


@method("bizproc.robot.list")
def robot_list(call: Call) -> list[str]:
    """Codes of the application's rules."""
    _require_rights(call)
    return [*call.portal.robots]


@method("bizproc.robot.delete")
def robot_delete(call: Call) -> bool:
    """Remove a rule."""
    _require_rights(call)
    del call.portal.robots[_robot(call).code]
    return True


@method("bizproc.event.send")
def event_send(call: Call) -> bool:
    """The application's answer to a waiting rule, once; values that the rule does not return are refused here."""
    token = str(call.get("EVENT_TOKEN") or "")
    run = next((row for row in call.portal.robot_runs if row.token == token and row.state == "waiting"), None)
    if run is None:
        raise access_denied()
    robot = call.portal.robots.get(run.code)
    values = call.object("RETURN_VALUES")
    unknown = sorted(set(values) - set(robot.returns if robot else ()))
    if unknown:
        call.portal.violation(f"bizproc.event.send: {run.code} returns no {unknown[0]}")
        raise RestError("ERROR_ARGUMENT", f"Unknown return value '{unknown[0]}'", argument="RETURN_VALUES")
    run.returned, run.log, run.state = values, str(call.get("LOG_MESSAGE") or ""), "done"
    return True


def _require_rights(call: Call) -> None:
    if call.client_id is None:
        raise access_denied("Application context required", 400)
    call.require_admin()


def _code(call: Call) -> str:
    code = str(call.get("CODE"))
    if not re.fullmatch(r"[a-zA-Z0-9._-]+", code):
        raise RestError(INVALID, "Wrong activity code!")
    return code


def _robot(call: Call) -> Robot:
    found = call.portal.robots.get(_code(call))
    if found is None:
        raise RestError("ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!")
    return found


def _write(portal: "PortalState", robot: Robot, fields: dict[str, Any]) -> None:
    """Check everything, then change; raises RestError and leaves the rule as it is."""
    handler = _handler(portal, fields["HANDLER"]) if "HANDLER" in fields else robot.handler
    placement = str(fields.get("PLACEMENT_HANDLER") or robot.placement_handler)
    if str(fields.get("USE_PLACEMENT")) in ("Y", "True", "1") and not placement:
        raise RestError(INVALID, "Empty PLACEMENT_HANDLER")
    properties = _properties(fields["PROPERTIES"]) if "PROPERTIES" in fields else robot.properties
    returns = _properties(fields["RETURN_PROPERTIES"]) if "RETURN_PROPERTIES" in fields else robot.returns
    rules = fields.get("FILTER", robot.filter) or {}
    if not isinstance(rules, dict) or set(rules) - {"INCLUDE", "EXCLUDE"}:
        raise RestError(INVALID, "Wrong activity FILTER!")
    document = as_list(fields.get("DOCUMENT_TYPE", robot.document_type))
    if document and (len(document) != 3 or document[0] != "crm"):
        raise RestError(INVALID, "Wrong activity DOCUMENT_TYPE!")
    if fields.get("AUTH_USER_ID"):
        robot.auth_user_id = int(fields["AUTH_USER_ID"])
    if "USE_SUBSCRIPTION" in fields:
        robot.waits = str(fields["USE_SUBSCRIPTION"]) not in ("N", "False", "0")
    robot.handler, robot.name, robot.placement_handler = handler, fields.get("NAME", robot.name), placement
    robot.properties, robot.returns, robot.filter, robot.document_type = properties, returns, rules, document


def _handler(portal: "PortalState", value: Any) -> str:
    parts = urlsplit(str(value))
    if parts.scheme not in ("http", "https"):
        raise RestError("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol")
    if not parts.hostname or parts.hostname != urlsplit(portal.world.card.url).hostname:
        raise RestError("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
    return str(value)


def _properties(value: Any) -> dict[str, dict[str, Any]]:
    rows = value or {}
    if not isinstance(rows, dict):
        raise RestError(INVALID, "Wrong properties array!")
    for name, about in rows.items():
        if not re.fullmatch(r"[a-zA-Z]\w*", name, re.ASCII):
            raise RestError(INVALID, f"Wrong property key {name}!")
        if not isinstance(about, dict) or not about.get("Name"):
            raise RestError(INVALID, f"Empty property NAME {name}!")
        if about.get("Type", "string") not in PROPERTY_TYPES:
            raise RestError(INVALID, "Wrong properties array!")
    return rows
