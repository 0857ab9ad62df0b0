"""The name of a visitor as an open line takes it. Bitrix24: imconnector.send.messages ("name", "last_name").

Letters, spaces, hyphens and apostrophes, at most 25 characters each; the portal refuses a message for anything else.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 25
_APOSTROPHES = str.maketrans({"`": "'", "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u00b4": "'"})
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_PATRONYMIC = re.compile(r"[^\W\d_]{2,}(?:вич|вна|ична|инична|ьич|оглы|кызы)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """First and last name; `last` may be empty."""

    first: str
    last: str = ""


def valid_name(raw: str | None) -> Name | None:
    """What is left of a name when everything is gone that a line refuses; None when nothing is.

    One word is a first name. "Иванов Иван Иванович" and "Иван Иванович Иванов" are understood by the patronymic;
    otherwise the first word is the first name and the others are the last name.
    """
    words = _words(raw or "")
    if not words:
        return None
    first, last = _split(words)
    return Name(_cut(first), _cut(last))


def _words(raw: str) -> list[str]:
    text = _DASHES.sub("-", unicodedata.normalize("NFC", raw)).translate(_APOSTROPHES)
    kept = "".join(sign if sign.isalpha() or sign in "'-" else " " for sign in text)
    words = (_tidy(word) for word in kept.split())
    return [word for word in words if word]


def _tidy(word: str) -> str:
    """Hyphens and apostrophes stand between letters, one at a time."""
    return re.sub(r"([-'])[-']+", r"\1", word).strip("-'")


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    place = next((at for at, word in enumerate(words) if at and _PATRONYMIC.fullmatch(word)), None)
    if place is None:
        return words[:1], words[1:]
    return words[place - 1 : place + 1], words[: place - 1] + words[place + 1 :]


def _cut(words: list[str]) -> str:
    """As many whole words as fit; a single one that is too long is cut."""
    while len(words) > 1 and len(" ".join(words)) > LONGEST:
        words = words[:-1]
    return " ".join(words)[:LONGEST].strip(" -'")
