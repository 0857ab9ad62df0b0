"""What was said in the portal's messenger as the reports of UIS show it: plain lines, nothing invisible.

Bitrix24: chats/messages (formatting). A quote's rules and rows of blank lines are no words.
"""

import re

from app.rules.markup import INVISIBLE
from app.rules.open_lines import bbcode

_RULE = re.compile(r"^-{20,}$", re.MULTILINE)
_BLANK = re.compile(r"\n{3,}")


def plain(text: str) -> str:
    """The text without BB code; lines stay, blank ones in a row become one."""
    words = _RULE.sub("", bbcode.plain(re.sub(r"\r\n?", "\n", text), ""))
    lines = (INVISIBLE.sub("", line.replace("\t", " ")).rstrip() for line in words.split("\n"))
    return _BLANK.sub("\n\n", "\n".join(lines)).strip()
