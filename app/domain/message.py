"""A message of a conversation as transcripts show it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of a message; `url` is None when there is no link to give, `size` (bytes) when nobody told it."""

    name: str
    url: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptMessage:
    """One message. `source` is UIS's word (visitor, operator, system, ...); `at` is aware."""

    id: int
    source: str
    author: str | None
    text: str
    at: datetime
    files: tuple[FileRef, ...] = ()
    edited: bool = False
