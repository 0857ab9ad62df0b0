"""BB code of a portal's messenger as plain text for a client's messenger.

Bitrix24: chats/messages/formatting. Nothing internal may leak: links into the portal lose their address, mentions
keep the name only. What is no tag (`[важно]`) stays as it was typed.
"""

import html
import re
from collections.abc import Callable
from urllib.parse import urlsplit

# Tags whose content stays, and that say nothing by themselves.
_WRAPPERS = (
    "b|i|u|s|code|quote|color|size|font|left|center|right|list|p|user|chat|send|put|call|pch|context|url"
)
_BREAK = re.compile(r"\[br\s*/?\]|<br\s*/?>", re.IGNORECASE)
_LINK = re.compile(r"\[url(?:=([^\]]*))?\](.*?)\[/url\]", re.IGNORECASE | re.DOTALL)
_SEND = re.compile(r"\[(send|put|call)(?:=([^\]]*))?\](.*?)\[/\1\]", re.IGNORECASE | re.DOTALL)
_PERSON = re.compile(r"\[(user|chat)=[^\]]*\](.*?)\[/\1\]", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"\[img[^\]]*\](.*?)\[/img\]", re.IGNORECASE | re.DOTALL)
_ICON = re.compile(r"\[icon=([^\]\s]+)([^\]]*)\]", re.IGNORECASE)
_HTML_IMAGE = re.compile(r"<img\b([^>]*)>", re.IGNORECASE)
_TITLE = re.compile(r"""\b(?:title|alt|data-code)=(?:"([^"]*)"|'([^']*)'|([^\s\]"'>]+))""", re.IGNORECASE)
_QUOTE = re.compile(r"\[quote[^\]]*\](.*?)\[/quote\]", re.IGNORECASE | re.DOTALL)
_ITEM = re.compile(r"\[\*\]")
_SERVICE = re.compile(r"\[(?:disk|attach|rating|timestamp|date)=[^\]]*\]", re.IGNORECASE)
_TAG = re.compile(rf"\[/?(?:{_WRAPPERS})(?:=[^\]]*)?\]", re.IGNORECASE)
_HTML_TAG = re.compile(r"</?(?:b|i|u|s|a|div|span|p)\b[^>]*>", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t]+\n")
_ROUNDS = 5


def plain(text: str, portal_host: str) -> str:
    """The text without BB code. `portal_host`: addresses on it are internal ("" when there is none)."""
    made = _BREAK.sub("\n", text.replace("\r\n", "\n"))
    made = _QUOTE.sub(lambda found: _quoted(found[1]), made)
    for _ in range(_ROUNDS):  # tags inside of links and the other way round
        before = made
        made = _round(made, portal_host)
        if made == before:
            break
    made = _HTML_TAG.sub("", _TAG.sub("", made))
    # An entity is typed text by now and no tag any more.
    return _BLANKS.sub("\n", html.unescape(made)).strip()


def _round(text: str, host: str) -> str:
    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_ICON, lambda found: _titled(found[2])),
        (_HTML_IMAGE, lambda found: _titled(found[1])),
        (_IMAGE, lambda found: "" if is_internal(found[1], host) else found[1]),
        (_PERSON, lambda found: found[2]),
        (_LINK, lambda found: _linked(found[1], found[2], host)),
        (_SEND, lambda found: found[3]),
        (_SERVICE, lambda found: ""),
        (_ITEM, lambda found: "\n• "),
    )
    for pattern, change in steps:
        text = pattern.sub(change, text)
    return text


def is_internal(address: str, portal_host: str) -> bool:
    """Whether an address is one of the portal, or none that a client could open."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return True
    if parts.scheme in ("mailto", "tel"):
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return True
    return bool(portal_host) and parts.netloc.lower() == portal_host.lower()


def _linked(target: str | None, words: str, host: str) -> str:
    """ "words (address)"; the address alone when the words are it, the words alone when it is internal."""
    address = (target or words).strip()
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    said = _TAG.sub("", words).strip()
    if is_internal(address, host):
        return "" if is_address(said) else said
    if not said or said in (address, bare):
        return bare
    return f"{said} ({bare})"


def is_address(words: str) -> bool:
    """Whether words are themselves an address."""
    return bool(re.match(r"(?:https?:/)?/\S+$", words))


def _quoted(text: str) -> str:
    lines = text.strip().splitlines()
    return "\n".join(f"> {line}" for line in lines) + "\n"


def _titled(attributes: str) -> str:
    """A smiley by its title or code (`:)`), nothing when it has none."""
    found = _TITLE.search(attributes)
    return next((group for group in found.groups() if group is not None), "") if found else ""
