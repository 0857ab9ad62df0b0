"""What a robot of ours sends -> `RobotCalled`. Pure.

Bitrix24: bizproc/bizproc-robot (handler's fields), crm/automation. What people set in a robot is hostile input: it is
cut and cleaned here; what is missing in it is told to the robot, so only a call that cannot be answered is unreadable.
"""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.events import RobotCalled
from app.pipeline.parsers import Unreadable
from bitrix_app.brackets import rows

MOST_TEXT = 4_000
MOST_VALUES = 50
LONGEST_VALUE = 1_000
BIGGEST = 2**53
_DOCUMENT = re.compile(r"(LEAD|DEAL|DYNAMIC_(\d{1,9}))_(\d{1,15})")
_CHANNEL = re.compile(r"c(\d{1,15})")
_TEMPLATE = re.compile(r"t\d{1,15}_(\d{1,15})")
_USER = re.compile(r"(?:user_)?(\d{1,15})")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]")
_NAME = re.compile(r"\w[\w.]{0,63}")


def parse(form: Mapping[str, Any]) -> RobotCalled:
    """The call of one recorded form. Raises Unreadable."""
    token = form.get("event_token")
    if not isinstance(token, str) or not token or len(token) > 1_000:
        raise Unreadable("the robot sent no event_token")
    kind, number = _document(form.get("document_id"))
    given = form.get("properties")
    properties = given if isinstance(given, Mapping) else {}
    return RobotCalled(
        token=token, card_kind=kind, card_id=number,
        channel_id=_number(_CHANNEL, properties.get("channel")),
        template_id=_number(_TEMPLATE, properties.get("template")),
        text=_text(properties.get("text"), MOST_TEXT),
        values=_values(properties.get("values")),
        user_id=_number(_USER, next(iter(rows(properties.get("user"))), None)),
    )  # fmt: skip


def _document(value: Any) -> tuple[str, int]:
    """`["crm", "CCrmDocumentDeal", "DEAL_5"]`."""
    found = _DOCUMENT.fullmatch(str((rows(value) or [""])[-1]))
    if found is None:
        raise Unreadable("the robot runs on nothing that has conversations")
    kind = f"dynamic_{found[2]}" if found[2] else found[1].lower()
    return kind, int(found[3])


def _number(pattern: re.Pattern[str], value: Any) -> int | None:
    found = pattern.fullmatch(value.strip()) if isinstance(value, str) and value.isascii() else None
    return int(found[1]) if found and 0 < int(found[1]) < BIGGEST else None


def _text(value: Any, most: int) -> str:
    return _CONTROL.sub("", value.replace("\r\n", "\n"))[:most] if isinstance(value, str) else ""


def _values(value: Any) -> dict[str, str]:
    """What stands for variables of the template: a list of "name=value"."""
    found = {}
    for line in rows(value)[:MOST_VALUES]:
        name, separator, held = _text(line, LONGEST_VALUE).partition("=")
        if separator and _NAME.fullmatch(name.strip()):
            found[name.strip()] = held.strip()
    return found
