"""What the automation of the CRM offers of ours, as data: a robot that writes to the client, triggers. Pure.

Bitrix24: bizproc/bizproc-robot/bizproc-robot-add, crm/automation/triggers/crm-automation-trigger-add.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.base.texts import LANGUAGES, text
from app.domain.automation import FINISHED, WROTE
from app.rules.desk.waba_text import text_of
from app.storage.queries.channels import Channel
from bitrix_app.manifest import ROBOTS_PATH

ROBOT_CODE = "uis_omni_message"
ROBOT_SCOPE = "bizproc"
TRIGGER_NAMES = {WROTE: "automation.trigger.wrote", FINISHED: "automation.trigger.finished"}
_DYNAMIC = "Bitrix\\Crm\\Integration\\BizProc\\Document\\Dynamic"
_WHERE = [["crm", "CCrmDocumentLead"], ["crm", "CCrmDocumentDeal"], ["crm", _DYNAMIC]]


def robot(public_url: str, event_key: str, channels: Sequence[Channel]) -> dict[str, Any]:
    """Parameters of bizproc.robot.add, but for CODE; the portal waits for its result."""
    return {
        "HANDLER": f"{public_url}{ROBOTS_PATH}/{event_key}",
        "USE_SUBSCRIPTION": "Y",
        "NAME": _said("automation.robot"),
        "DESCRIPTION": _said("automation.robot.about"),
        "PROPERTIES": {
            "channel": _property("channel", "select", Required="Y", Options=_channels(channels)),
            "text": _property("text", "text"),
            "template": _property("template", "select", Options=_templates(channels)),
            "values": _property("values", "string", Multiple="Y"),
            "user": _property("user", "user"),
        },
        "RETURN_PROPERTIES": {
            "result": {"Name": _said("automation.result"), "Type": "string"},
            "reason": {"Name": _said("automation.reason"), "Type": "string"},
        },
        "FILTER": {"INCLUDE": _WHERE},
    }


def triggers(lang: str) -> dict[str, str]:
    """Code -> name, in the language of the portal: a trigger has one name only."""
    return {code: text(key, lang) for code, key in TRIGGER_NAMES.items()}


def _property(name: str, kind: str, **more: Any) -> dict[str, Any]:
    key = f"automation.property.{name}"
    return {"Name": _said(key), "Description": _said(f"{key}.about"), "Type": kind, **more}


def _said(key: str) -> dict[str, str]:
    return {code: text(key, code) for code in LANGUAGES}


def _channels(channels: Sequence[Channel]) -> Mapping[str, str]:
    return {f"c{channel.id}": channel.name for channel in channels}


def _templates(channels: Sequence[Channel]) -> Mapping[str, str]:
    return {
        f"t{channel.id}_{row['id']}": f"{channel.name}: {row.get('name') or row['id']}"
        for channel in channels
        for row in channel.templates
        if text_of(row).strip()
    }
