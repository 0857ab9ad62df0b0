"""The place of a text where what was looked for is said. Pure."""

from collections.abc import Iterator

from app.rules.search_words import Sought, spoken

LENGTH = 160
BEFORE = 24
"""So many characters before the first word found show what it is about."""
CUT = "…"

Piece = tuple[str, bool]
"""Words, and whether they are what was looked for."""


def excerpt(line: str, wanted: Sought) -> tuple[Piece, ...]:
    """At most LENGTH characters around the first word found of a line (see `line_of`); nothing where none is said."""
    found = list(_apart(line, wanted))
    if not found:
        return ()
    start = _start(line, found[0][0])
    end = min(len(line), start + LENGTH)
    pieces = list(_pieces(line, found, start, end))
    return (*([(CUT, False)] if start else []), *pieces, *([(CUT, False)] if end < len(line) else []))


def _start(line: str, first: int) -> int:
    """At the beginning of a word, where one begins near enough."""
    if first <= BEFORE:
        return 0
    space = line.find(" ", first - BEFORE, first)
    return space + 1 if space >= 0 else first


def _apart(line: str, wanted: Sought) -> Iterator[tuple[int, int]]:
    """Places in their order, none within another."""
    beginnings = tuple(beginning for group in wanted for beginning in group)
    places = [
        (start, end)
        for start, end, words in spoken(line)
        if any(word.startswith(beginnings) for word in words)
    ]
    last = 0
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if start >= last:
            yield start, end
            last = end


def _pieces(line: str, found: list[tuple[int, int]], start: int, end: int) -> Iterator[Piece]:
    at = start
    for first, last in found:
        if first >= end:
            break
        if first > at:
            yield line[at:first], False
        at = min(last, end)
        yield line[first:at], True
    if at < end:
        yield line[at:end], False
