"""What the poller remembers of chats between two reads: enough to see what is new, small enough for one row. Pure.

`{"chats": {"<chat>": [turn, digest, started, open]}, "wide_at": seconds, "id_field": "id", "behind": [...],
"followed": [...]}`;
`started` and `wide_at` are unix seconds, `turn` counts the changes of a chat, `id_field` is the column of the report
that holds the Chat API's chat id, once that is known; `behind` are chats whose messages the report did not all
tell yet, `followed` the open ones that a wide read which is not at its end yet has read. The reader of offline
requests remembers them in the same form.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

KEEP_CLOSED = timedelta(hours=48)
KEEP_OPEN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Seen:
    """One chat as it was read last."""

    turn: int
    digest: str
    started: datetime
    open: bool


@dataclass(slots=True)
class Memory:
    """By id of the report."""

    chats: dict[int, Seen] = field(default_factory=dict)
    wide_at: datetime | None = None
    id_field: str | None = None
    behind: set[int] = field(default_factory=set)
    followed: set[int] = field(default_factory=set)

    @classmethod
    def load(cls, kept: dict[str, Any]) -> "Memory":
        """From the stored form; an empty one remembers nothing."""
        chats = {int(number): _seen(*row) for number, row in (kept.get("chats") or {}).items()}
        wide = kept.get("wide_at")
        wide_at = datetime.fromtimestamp(wide, UTC) if wide else None
        behind, followed = (set(kept.get(name) or ()) for name in ("behind", "followed"))
        return cls(chats, wide_at, kept.get("id_field"), behind, followed)

    def dump(
        self, now: datetime, keep_open: timedelta = KEEP_OPEN, keep_closed: timedelta = KEEP_CLOSED
    ) -> dict[str, Any]:
        """The stored form, without what is too old to change."""
        kept = {
            str(number): [seen.turn, seen.digest, int(seen.started.timestamp()), int(seen.open)]
            for number, seen in self.chats.items()
            if now - seen.started <= (keep_open if seen.open else keep_closed)
        }
        return {
            "chats": kept,
            "behind": sorted(number for number in self.behind if str(number) in kept),
            "followed": sorted(self.followed),
            "wide_at": self.wide_at.timestamp() if self.wide_at else None,
            "id_field": self.id_field,
        }

    def open_chats(self, now: datetime) -> set[int]:
        """Chats that were open at the last read and are young enough to be followed."""
        return {
            number for number, seen in self.chats.items() if seen.open and now - seen.started <= KEEP_OPEN
        }

    def is_news(self, number: int, digest: str) -> bool:
        """Whether `notice` would tell a turn."""
        before = self.chats.get(number)
        return before is None or before.digest != digest

    def notice(self, number: int, digest: str, started: datetime, is_open: bool) -> int | None:
        """Remember a row. Its turn when something changed, None when it is as it was."""
        before = self.chats.get(number)
        if before is not None and before.digest == digest:
            return None
        turn = before.turn + 1 if before else 0
        self.chats[number] = Seen(turn, digest, started, is_open)
        return turn


def _seen(turn: int, digest: str, started: int, is_open: int) -> Seen:
    return Seen(turn, digest, datetime.fromtimestamp(started, UTC), bool(is_open))
