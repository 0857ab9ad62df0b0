"""Words by whose beginning conversations are found: the client's name, phones, e-mails, and what was said. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import phonenumbers

from app.domain.facts import fact
from app.rules.identity import normalise

LENGTH = 64
MOST = 40
SAID = 200
"""Words of one message that are kept."""
_TEXTS = ("visitor.name", "visitor.company")
_PHONES = ("visitor.phone_number", "visitor.phones")
_EMAILS = ("visitor.email", "visitor.emails")
_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{0,190}\w")
_NUMBER = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){9,14}")
"""A phone in the middle of a text."""
_PHONE_LIKE = re.compile(r"\+?[\d\s().-]*\d[\d\s().-]*")
_BACKWARDS = "~"
"""Before the digits of a phone from the last to the first: people know a number by its end as well."""
_ENDING = 4
"""So many digits tell an end of a number from a chance."""

Sought = tuple[frozenset[str], ...]
"""Groups of beginnings: of each group at least one must begin a word of the client."""


def words_of(facts: Mapping[str, Any]) -> frozenset[str]:
    """The words of a communication, at most MOST of at most LENGTH characters."""
    words = [word for text in _values(facts, _TEXTS) for word in _words(text)]
    words += [word for phone in _values(facts, _PHONES) for word in _digits(phone)]
    words += [word for email in _values(facts, _EMAILS) for word in (plain(email), *_words(email))]
    return frozenset([word[:LENGTH] for word in dict.fromkeys(words) if word][:MOST])


def said_in(line: str) -> frozenset[str]:
    """The words of a message (see `line_of`), at most SAID of at most LENGTH characters; single letters are none."""
    words = [word[:LENGTH] for _, _, own in spoken(line) for word in own if len(word) > 1]
    return frozenset(list(dict.fromkeys(words))[:SAID])


def line_of(text: str, resource: Mapping[str, Any] | None) -> str:
    """What a message says, on one line: its text and the name of its file (`resource`, as UIS gives it)."""
    said = f"{text} {(resource or {}).get('name') or ''}"
    return unicodedata.normalize("NFC", " ".join(said.split()))


def spoken(line: str) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Where something stands in a line (from, to), and the words that it is found by: phones, addresses, words."""
    for match in _NUMBER.finditer(line):
        yield *match.span(), _digits(match[0])
    for match in _ADDRESS.finditer(line):
        yield *match.span(), [plain(match[0])]
    for match in _WORD.finditer(line):
        yield *match.span(), [plain(match[0])]


def sought(asked: str) -> Sought:
    """What somebody looks for: a phone, or words in any order."""
    text = plain(asked)
    if _PHONE_LIKE.fullmatch(text):
        return (_beginnings(re.sub(r"\D", "", text)),)
    found: list[str] = []
    for part in text.split():
        found += [part] if "@" in part else _words(part)
    return tuple(frozenset({word[:LENGTH]}) for word in dict.fromkeys(found))


def _values(facts: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        value = fact(facts, name)
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield str(one)


def plain(text: str) -> str:
    """One spelling for all: no capitals, and `ё` is often written as `е`."""
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").strip()


def _words(text: str) -> list[str]:
    return _WORD.findall(plain(text))


def _digits(phone: str) -> list[str]:
    """With the country, without it, and from the end."""
    whole = normalise(phone)
    digits = re.sub(r"\D", "", whole or phone)
    if not digits:
        return []
    home = str(phonenumbers.parse(whole).national_number) if whole else digits
    return [digits, home, _BACKWARDS + digits[::-1]]


def _beginnings(digits: str) -> frozenset[str]:
    """`8 916` and `+7 916` begin the same Russian number."""
    found = {digits}
    if digits.startswith("8"):
        found.add(f"7{digits[1:]}")
    if len(digits) >= _ENDING:
        found.add(_BACKWARDS + digits[::-1])
    return frozenset(found)
