"""BB code of the portal's messenger as plain text, for places that would show the brackets.

Bitrix24: chats/messages (formatting). Only tags that the messenger knows are taken out: what a client wrote in
brackets stays as it is. Addresses inside the portal are no use outside of it and are left out.
"""

import re
from collections.abc import Callable

from app.rules.markup import INVISIBLE

_STYLES = "b|i|u|s|p|code|quote|size|font|color|send|put|call|user|chat|context|list|attach|left|right|center"
_STYLE = re.compile(rf"\[/?(?:{_STYLES})(?:[=\s][^\[\]]*)?\]", re.IGNORECASE)
_BREAK = re.compile(r"\[(?:br|\*)/?\]|<br\s*/?>", re.IGNORECASE)
_LINK = re.compile(r"\[url(?:=([^\[\]]*))?\](.*?)\[/url\]", re.IGNORECASE | re.DOTALL)
_PICTURE = re.compile(r"\[img(?:[=\s][^\[\]]*)?\](.*?)\[/img\]", re.IGNORECASE | re.DOTALL)
_ICON = re.compile(r"\[icon=[^\[\]]*?(?:\stitle=([^\[\]]*?))?\]", re.IGNORECASE)
_TIME = re.compile(r"\[(?:timestamp|date)=[^\[\]]*\]", re.IGNORECASE)
_DISK = re.compile(r"\[disk(?:=|\s)[^\[\]]*\]", re.IGNORECASE)
_RULE = re.compile(r"^-{20,}$", re.MULTILINE)
_BLANK = re.compile(r"\n{3,}")


def plain(text: str) -> str:
    """The text without BB code; lines stay, blank ones in a row become one."""
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    lines = (INVISIBLE.sub("", line.replace("\t", " ")).rstrip() for line in text.split("\n"))
    return _BLANK.sub("\n\n", "\n".join(lines)).strip()


def _link(found: re.Match[str]) -> str:
    """`name (address)`, the address alone, or the name alone where the address leads nowhere for others."""
    name = found[2].strip()
    address = (found[1] if found[1] is not None else name).strip().strip("'\"")
    if not re.match(r"https?://", address, re.IGNORECASE):
        return name
    return address if name in ("", address) else f"{name} ({address})"


def _picture(found: re.Match[str]) -> str:
    return _outside(found[1])


def _outside(address: str) -> str:
    return address.strip() if re.match(r"https?://", address.strip(), re.IGNORECASE) else ""


def _icon(found: re.Match[str]) -> str:
    return (found[1] or "").strip("'\" ")


_STEPS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\r\n?"), "\n"),
    (_BREAK, "\n"),
    (_LINK, _link),
    (_PICTURE, _picture),
    (_ICON, _icon),
    (_TIME, ""),
    (_DISK, ""),
    (_STYLE, ""),
    (_RULE, ""),
)
