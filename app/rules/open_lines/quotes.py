"""Quotes in a portal's messenger: text between two lines of dashes. Bitrix24 has no field for them on either way.

------------------------------------------------------
Анна Петрова [12.05.2026, 12:00]
Где мой заказ?
------------------------------------------------------
Уже в пути
"""

import re
from dataclasses import dataclass

_DASHES = "-" * 54
_BLOCK = re.compile(
    r"\s*-{20,}[ \t]*\n(?P<head>[^\n]*)\n(?P<text>.*?)\n-{20,}[ \t]*(?:\n|$)(?P<rest>.*)", re.DOTALL
)
_PLACE = re.compile(r"\s*#(?:chat)?\d+/(\d+)\s*$")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted text. `im_message_id`: of the quoted message, when the portal says it."""

    text: str
    im_message_id: int | None = None


def quoted(author: str, at: str, text: str) -> str:
    """The block that stands above an answer."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"{_DASHES}\n{author} [{at}]\n{short}\n{_DASHES}\n"


def split(text: str) -> tuple[Quote | None, str]:
    """The quote at the head of a text without BB code, and what was typed below it."""
    found = _BLOCK.match(text)
    if found is None:
        return None, text
    place = _PLACE.search(found["head"])
    return Quote(found["text"].strip(), int(place[1]) if place else None), found["rest"].strip()


def in_lines(quote: Quote, rest: str) -> str:
    """The same for a messenger that cannot quote."""
    lines = "\n".join(f"> {line}" for line in quote.text.splitlines())
    return f"{lines}\n{rest}".strip()


def is_same(sent: str, seen: str) -> bool:
    """Whether a quoted text is that message: blanks differ, a signature may stand before it, a long one is cut."""
    one, other = (" ".join(text.split()) for text in (sent, seen))
    cut = other.removesuffix("…").removesuffix("...").strip()
    return bool(cut) and (one == other or one.endswith(other) or (cut != other and one.startswith(cut)))
