"""Which files of a conversation are attached to its transcript; the others are linked only.

Bitrix24: crm/timeline/comments/crm-timeline-comment-add (`FILES`). A file is attached when its comment is made: what
`FILES` of an update does to those that are there is not said.
"""

from collections.abc import Iterable

from app.domain.message import TranscriptMessage

SMALL = 1_000_000
"""Bytes of one file."""
IN_ALL = 5_000_000
MOST = 10


def attached(messages: Iterable[TranscriptMessage]) -> list[int]:
    """Ids of messages whose file goes along, in order. A size that nobody told counts as small until it is fetched."""
    chosen: list[int] = []
    room = IN_ALL
    for message in messages:
        size = max((file.size or 0 for file in message.files), default=0)
        if message.files and size <= min(SMALL, room) and len(chosen) < MOST:
            chosen.append(message.id)
            room -= size
    return chosen
