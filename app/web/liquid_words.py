"""Why a template cannot be read, in the reader's language: Liquid itself speaks English only."""

import re

from app.base.texts import text

_KNOWN = (
    (re.compile(r"expected '}}', found end of file"), "unclosed_output"),
    (re.compile(r"unexpected \"(?P<quote>['\"])"), "unclosed_quote"),
    (re.compile(r"unknown filter '(?P<name>[^']*)'"), "unknown_filter"),
    (re.compile(r"expected tag (?P<name>\w+), found"), "unclosed_tag"),
    (re.compile(r"(?P<name>\w+) tag was never closed"), "unclosed_tag_of"),
    (re.compile(r"unexpected tag '(?P<name>[^']*)'"), "unexpected_tag"),
    (re.compile(r"expected a primitive expression, found end of expression"), "nothing_inside"),
    (re.compile(r"missing expression"), "nothing_inside"),
    (re.compile(r"expected an identifier, found"), "name_breaks_off"),
    (re.compile(r"expected word, found end of expression"), "filter_missing"),
    (re.compile(r"expected end of expression, found"), "surplus"),
    (re.compile(r"missing or unexpected path segment"), "bad_name"),
)


def in_words(reason: str, lang: str) -> str:
    """A reason of Liquid in words; one that is not known stays as it is."""
    for pattern, key in _KNOWN:
        if found := pattern.match(reason):
            return text(f"template.{key}", lang, **found.groupdict())
    return reason
