"""Text of strangers for places of the CRM that understand BB code and HTML: shown as it was typed, never obeyed."""

import re
import unicodedata

DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of the text behind them, also of our own words."""

_BREAK = "\u200b"
# What could begin a BB code tag, an HTML tag or an HTML entity (which could spell a bracket again).
_BEGINNINGS = re.compile(r"\[(?=[^\W\d_]|[/*])|<(?=[^\W\d_]|[/!?])|&(?=#?\w{1,31};)")


def neutral(text: str) -> str:
    """The text with an invisible break in whatever could begin a tag; lines stay, but for empty ones at both
    ends; control and direction characters and halves of characters are dropped."""
    lines = "\n".join(_visible(line) for line in text.splitlines()).strip("\n")
    return _BEGINNINGS.sub(lambda found: found[0] + _BREAK, lines)


def _visible(line: str) -> str:
    spaced = line.replace("\t", " ")
    return "".join(c for c in spaced if c not in DIRECTIONS and unicodedata.category(c) not in ("Cc", "Cs"))
