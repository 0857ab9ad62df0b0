"""Text of strangers for places of the CRM that understand BB code and HTML: shown as it was typed, never obeyed."""

import re

DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of the text behind them, also of our own words."""

INVISIBLE = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{''.join(sorted(DIRECTIONS))}]")
"""Control characters (Cc), halves of characters (Cs) and DIRECTIONS."""

_BREAK = "\u200b"
_PLAIN = re.compile(r"[^\W_][\w ,.:;!?()/@+-]*")
"""What most people write: nothing in it is left out, broken or divided into lines."""
# What could begin a BB code tag, an HTML tag or an HTML entity (which could spell a bracket again).
_BEGINNINGS = re.compile(r"\[(?=[^\W\d_]|[/*])|<(?=[^\W\d_]|[/!?])|&(?=#?\w{1,31};)")


def neutral(text: str) -> str:
    """The text with an invisible break in whatever could begin a tag; lines stay, but for empty ones at both
    ends; control and direction characters and halves of characters are dropped."""
    if _PLAIN.fullmatch(text):
        return text
    lines = "\n".join(_visible(line) for line in text.splitlines()).strip("\n")
    return _BEGINNINGS.sub(lambda found: found[0] + _BREAK, lines)


def _visible(line: str) -> str:
    return INVISIBLE.sub("", line.replace("\t", " "))
