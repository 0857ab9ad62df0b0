"""Telling a portal of our robot and triggers, as far as it lets us; nothing fails by what it lacks, health says it.

Bitrix24: bizproc/bizproc-robot (scope bizproc; an update of the application removes robots),
crm/automation/triggers (scope crm; the same code again renames). Channels and templates of UIS are options of the
robot, so it is told again when they change.
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from app.base.tokens import sha256
from app.domain.automation import DIRECTORY
from app.storage.database import reading
from app.storage.models import Installation
from app.storage.queries import channels, directory
from app.storage.sealed import owner
from app.storage.services import Services
from bitrix_app.client import PortalClient
from bitrix_app.desk import robots
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError, Rejected

log = structlog.get_logger()


def match(services: Services, client: PortalClient) -> None:
    """Tell the portal everything: after an installation, an update, and once a day."""
    _tell(services, client, again=True)


def refresh(services: Services, client: PortalClient) -> None:
    """Tell the portal what changed since the last time; nothing is asked when nothing did."""
    _tell(services, client, again=False)


def _tell(services: Services, client: PortalClient, *, again: bool) -> None:
    robot, triggers, granted, kept = _wanted(services, client.installation_id)
    mark = sha256(json.dumps([robot, triggers, granted], sort_keys=True))
    if not again and kept.get("mark") == mark:
        return
    try:
        told = {"triggers": _triggers(client, triggers), "robot": _robot(client, robot, granted)}
    except BitrixError as error:
        # The next run tries again: nothing is noted.
        log.warning("automation_not_told", portal=client.installation_id, error=type(error).__name__)
        return
    with services.sessions.begin() as session:
        row = {"id": DIRECTORY, "mark": mark, **told}
        directory.put(session, client.installation_id, DIRECTORY, [row], services.clock.now())


def _wanted(
    services: Services, installation_id: int
) -> tuple[dict[str, Any] | None, dict[str, str], bool, Mapping[str, Any]]:
    """The robot (None before there is a channel), the triggers, whether robots are granted, what was told last."""
    with services.sessions() as session:
        row = reading(session).get_one(Installation, installation_id)
        able = channels.joined(session, installation_id)
        kept = directory.items(session, installation_id, DIRECTORY) or [{}]
    key = services.vault.open(owner(row.member_id, "installation.event_key"), row.event_key)
    robot = robots.robot(services.config.public_url, key, able) if able else None
    granted = robots.ROBOT_SCOPE in row.scope.split(",")
    return robot, robots.triggers(row.lang), granted, kept[0]


def _triggers(client: PortalClient, wanted: Mapping[str, str]) -> str:
    """ "on", else why not. Raises BitrixError when the portal cannot be asked."""
    answer = client.batch(
        {
            f"t{number}": command("crm.automation.trigger.add", {"CODE": code, "NAME": name})
            for number, (code, name) in enumerate(wanted.items())
        }
    )
    return _outcome(error.meaning() for error in answer.errors.values())


def _robot(client: PortalClient, robot: Mapping[str, Any] | None, granted: bool) -> str:
    if not granted:
        return "no_scope"
    if robot is None:
        return "no_channels"
    try:
        known = client.call("bizproc.robot.list").get("result") or []
        if robots.ROBOT_CODE in known:
            client.call("bizproc.robot.update", {"CODE": robots.ROBOT_CODE, "FIELDS": robot})
        else:
            client.call("bizproc.robot.add", {"CODE": robots.ROBOT_CODE, **robot})
    except Rejected as error:
        return _outcome([error])
    return "on"


def _outcome(errors: Any) -> str:
    """Why it is off: the words of the first refusal; what passes by itself is raised."""
    for error in errors:
        if not isinstance(error, Rejected):
            raise error
        return f"refused {error.code}: {error.text[:200]}"
    return "on"
