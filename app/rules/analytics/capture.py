"""How many dialogs of a connector come with the visitor's session: a fall means that the site has changed. Pure."""

from dataclasses import dataclass

ENOUGH = 20
"""Dialogs of a period that say anything."""
WORTH = 0.2
FALL = 0.5


@dataclass(frozen=True, slots=True)
class Rate:
    """Dialogs of a period, and how many of them came with a session."""

    dialogs: int = 0
    captured: int = 0

    @property
    def share(self) -> float:
        return self.captured / self.dialogs if self.dialogs else 0.0

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.dialogs + other.dialogs, self.captured + other.captured)


def has_fallen(before: Rate, now: Rate) -> bool:
    """Whether sessions come much more rarely than they did, where they came at all."""
    if before.dialogs < ENOUGH or now.dialogs < ENOUGH or before.share < WORTH:
        return False
    return now.share < before.share * FALL


def never_came(connector: str, before: Rate, now: Rate) -> bool:
    """Whether the site's own chat brings no session at all: the script is not on the site."""
    both = before + now
    return connector == "livechat" and both.dialogs >= ENOUGH and both.captured == 0
