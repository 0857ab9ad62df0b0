"""The transcript: a conversation as text of timeline comments.

Bitrix24: api-reference/crm/timeline/comments/crm-timeline-comment-add (the text is BB code).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.message import FileRef, TranscriptMessage
from app.rules.markup import neutral
from app.rules.titles import one_line

LIMIT = 60_000
"""Characters of one comment; a longer conversation goes on in a further one."""

MIN_LIMIT = 4_000

# Lines after the first of a message are set in, so that nobody can write a line that looks like another's.
_INDENT = "\u2003"
_MAX_NAME = 100
_MAX_URL = 2_000
_MAX_ITALIC = 1_000
_ADDRESS = re.compile(r"https?://[^\s\[\]<>\"'\\]+", re.IGNORECASE)
_WORDS = {
    "ru": {"part": "Часть {number} из {total}", "edited": "изменено", "file": "файл"},
    "en": {"part": "Part {number} of {total}", "edited": "edited", "file": "file"},
}
_NAMES = {
    "ru": {
        "visitor": "Клиент",
        "operator": "Оператор",
        "chatbot": "Чат-бот",
        "retention": "Автосообщение",
        "autoinvite": "Автоприглашение",
        "form_text": "Форма",
    },
    "en": {
        "visitor": "Client",
        "operator": "Operator",
        "chatbot": "Chatbot",
        "retention": "Automatic message",
        "autoinvite": "Automatic invitation",
        "form_text": "Form",
    },
}
_MONTHS = {
    "ru": [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


@dataclass(frozen=True, slots=True)
class _Style:
    """How the messages of one transcript are told."""

    lang: str
    zone: tzinfo
    files: bool


def render(
    messages: Iterable[TranscriptMessage],
    *,
    lang: str,
    timezone: str | tzinfo,
    files: bool,
    reference: str,
    limit: int = LIMIT,
) -> list[str]:
    """Texts of the comments, in order, each at most `limit` characters; none when nothing was said.

    `timezone` is the portal's (IANA name; an unknown one gives UTC). With `files` files are linked, without they are
    only named. `reference` is the last line of each text; from the second text on it ends with `/2`, `/3` ...
    """
    if limit < MIN_LIMIT:
        raise ValueError(f"a comment needs room for {MIN_LIMIT} characters at least")
    style = _Style(lang if lang in _WORDS else "en", zone(timezone), files)
    parts = _parts(tuple(messages), style, limit - _frame(reference, style))
    return [_framed(part, number, len(parts), reference, style) for number, part in enumerate(parts, start=1)]


@lru_cache(maxsize=16)
def _parts(messages: tuple[TranscriptMessage, ...], style: _Style, room: int) -> list[list[str]]:
    """Kept, for a conversation is told in the comments of several entities, one after the other."""
    ordered = sorted(messages, key=lambda message: (message.at, message.id))
    told = [(_local(message.at, style).date(), _lines(message, style)) for message in ordered]
    return _pack([one for one in told if one[1]], style, room)


def _frame(reference: str, style: _Style) -> int:
    """Characters that the part line and the reference take at most."""
    return len(reference) + len(_WORDS[style.lang]["part"]) + 20


def _framed(lines: Sequence[str], number: int, total: int, reference: str, style: _Style) -> str:
    head = [_WORDS[style.lang]["part"].format(number=number, total=total)] if total > 1 else []
    return "\n".join([*head, *lines, reference if number == 1 else f"{reference}/{number}"])


def _pack(told: Sequence[tuple[date, list[str]]], style: _Style, room: int) -> list[list[str]]:
    """Lines of every part. A message goes whole into a part where it can, a day begins with its date, and a part
    that goes on within a day repeats it."""
    parts: list[list[str]] = []
    left, current = 0, None
    for day, lines in told:
        heading = _day(day, style)
        pieces = [piece for line in lines for piece in _cut(line, room - len(heading) - 1)]
        whole = _length(pieces) + (0 if day == current else len(heading) + 1)
        if parts and whole > left and whole <= room:
            left = 0
        for piece in pieces:
            needed = len(piece) + 1 + (0 if day == current else len(heading) + 1)
            if not parts or needed > left:
                parts.append([])
                left, current = room, None
            if day != current:
                parts[-1].append(heading)
                left, current = left - len(heading) - 1, day
            parts[-1].append(piece)
            left -= len(piece) + 1
    return parts


def _length(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _cut(line: str, room: int) -> Iterator[str]:
    """A line in pieces of at most `room - 1` characters, cut at spaces where there are any."""
    most = room - 1 - len(_INDENT)
    while len(line) > most:
        space = line.rfind(" ", most // 2, most)
        end = space + 1 if space > 0 else most
        yield line[:end]
        line = _INDENT + line[end:]
    yield line


def _lines(message: TranscriptMessage, style: _Style) -> list[str]:
    text = neutral(message.text).strip()
    said = [line.rstrip() for line in text.split("\n")] if text else []
    said += [_file(file, style) for file in message.files]
    if not said:
        return []
    name = _name(message, style)
    if name is None:
        said = [f"[i]{line}[/i]" if 0 < len(line) < _MAX_ITALIC else line for line in said]
    if message.edited:
        said[-1] = f"{said[-1]} ({_WORDS[style.lang]['edited']})"
    begin = f"{_local(message.at, style):%H:%M} " + (f"{name}: " if name is not None else "")
    return [begin + said[0], *[_INDENT + line for line in said[1:]]]


def _name(message: TranscriptMessage, style: _Style) -> str | None:
    """Who speaks; None for the system, which has no name."""
    spoken = one_line(neutral(message.author))[:_MAX_NAME] if message.author else ""
    return spoken or _NAMES[style.lang].get(message.source)


def _file(file: FileRef, style: _Style) -> str:
    name = one_line(file.name)[:_MAX_NAME] or _WORDS[style.lang]["file"]
    linked = style.files and file.url is not None and len(file.url) <= _MAX_URL
    if linked and file.url is not None and _ADDRESS.fullmatch(file.url):
        return f"[url={file.url}]{neutral(name)}[/url]"
    return neutral(f"[{name}]")


def _local(at: datetime, style: _Style) -> datetime:
    return at.astimezone(style.zone)


def _day(day: date, style: _Style) -> str:
    return f"{day.day} {_MONTHS[style.lang][day.month - 1]} {day.year}"


def zone(timezone: str | tzinfo) -> tzinfo:
    """A zone by its IANA name; UTC for one that nobody knows."""
    if isinstance(timezone, tzinfo):
        return timezone
    try:
        return ZoneInfo(timezone)
    except (LookupError, OSError, ValueError):
        return UTC
