"""WhatsApp Business: free text only inside the window that the client opens, templates any time.

Chat API: "Работа с каналом типа waba".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

WABA = "waba"
_PARTS = ("header", "footer", "keyboard")
_PLACE = re.compile(r"\\\{\\\{\\?\s*\w+\\?\s*\\\}\\\}")


def is_closed(channel_type: str, window_until: datetime | None, now: datetime) -> bool:
    """Whether UIS would refuse free text. A window that nobody told of is for UIS to judge."""
    return channel_type == WABA and window_until is not None and window_until <= now


def template_for(text: str, templates: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """`context.template` of a message whose text is exactly one of the channel's templates; None when it is none.

    Places of a template (`{{1}}`) may be filled with anything.
    """
    said = _bare(text)
    for template in templates:
        content = template.get("content") or {}
        pattern = _PLACE.sub(".+", re.escape(_bare(str(content.get("text") or ""))))
        if said and re.fullmatch(pattern, said):
            parts = {name: content[name] for name in _PARTS if content.get(name)}
            return {"id": template.get("id"), "text": text.strip(), **parts}
    return None


def _bare(text: str) -> str:
    return " ".join(text.split())
