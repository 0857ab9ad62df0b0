"""WABA templates: their shape in a channel and in a message (Chat API: "Работа с каналом типа waba").

The page gives the fields and not how variables look; here a `{{1}}` of the template stands for any text.
"""

import re
from typing import Any

from sandbox.uis.shapes import Refused
from sandbox.uis.shapes import check as check_shape

CONTENT = {"text": "text"}
CONTENT_MORE = {"header": "object", "footer": "object", "keyboard": "object"}
_VARIABLE = re.compile(r"\\\{\\\{\w+\\\}\\\}")
BUTTONS = ("QUICK_REPLY", "URL", "PHONE")


def content_of(given: dict[str, Any]) -> dict[str, Any]:
    """The content of a template with all its parts; raises ValueError for a wrong one."""
    unknown = set(given) - {*CONTENT, *CONTENT_MORE}
    if unknown or not str(given.get("text") or "").strip():
        raise ValueError("a template needs a text, and may have header, footer and keyboard")
    for row in (given.get("keyboard") or {}).get("rows", []):
        for button in row["buttons"]:
            if button.get("buttonType") not in BUTTONS or not button.get("text"):
                raise ValueError(f"a button needs a text and one of the types {', '.join(BUTTONS)}")
    return {"header": None, "footer": None, "keyboard": None, **given}


def check(known: dict[str, Any], given: dict[str, Any]) -> None:
    """Whether a message may go out under a template of the channel; raises Refused."""
    check_shape(given, {"id": "int", "text": "text"}, CONTENT_MORE, "context.template.")
    content = known.get("content")
    if content is None:
        return
    pattern = _VARIABLE.sub("(?s:.+)", re.escape(content["text"]))
    if not re.fullmatch(pattern, given["text"]):
        raise Refused(422, "context.template.text is not the text of the template")
    for part in CONTENT_MORE:
        if given.get(part) not in (None, content.get(part)):
            raise Refused(422, f"context.template.{part} is not that of the template")
