"""Words by whose beginning a client is found in the journal: of the name, the phones, the e-mails. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import phonenumbers

from app.domain.facts import fact
from app.rules.identity import normalise

LENGTH = 64
MOST = 40
_TEXTS = ("visitor.name", "visitor.company")
_PHONES = ("visitor.phone_number", "visitor.phones")
_EMAILS = ("visitor.email", "visitor.emails")
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
    words += [word for email in _values(facts, _EMAILS) for word in (_plain(email), *_words(email))]
    return frozenset([word[:LENGTH] for word in dict.fromkeys(words) if word][:MOST])


def sought(asked: str) -> Sought:
    """What somebody looks for: a phone, or words in any order."""
    text = _plain(asked)
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


def _plain(text: str) -> str:
    """One spelling for all: `ё` is often written as `е`."""
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").strip()


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _plain(text))


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
