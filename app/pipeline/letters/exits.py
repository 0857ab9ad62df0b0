"""What the mail lane wants of the two ways out. `bitrix_app` and `app.uis` carry letters; the lane never sees HTTP."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from app.domain.mail import Delivery, Exit, Letter
from app.storage.models import OutboxRow


class ExitAway(Exception):
    """The other side cannot be reached now: nothing was done. `after` seconds; `parked`: reason for administrators."""

    def __init__(self, reason: str, after: float, *, parked: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.parked = parked


class ExitSide(Protocol):
    """One way out of one portal. Methods may be called from several threads at once."""

    looks_up: bool
    """Whether letters in doubt can be looked for on the other side."""

    def pack(self, runs: Sequence[Sequence[Letter]]) -> list[list[Letter]]:
        """Groups that ride in one request. A run holds letters of one thread in their order.

        Of a run only leading letters may be taken, into one group, in their order.
        """

    def reserve(self, timeout: float) -> bool:
        """Take one request from the budget of the other side; waits up to `timeout` seconds. False: none was free."""

    def send(self, group: Sequence[Letter]) -> list[Delivery]:
        """Carry one group for which a request was reserved: a delivery per letter. Raises ExitAway.

        A letter to be tried again is followed by none of its thread that arrived: their order would be lost.
        """

    def look_up(self, letters: Sequence[Letter]) -> list[Delivery]:
        """What became of letters in doubt: Delivered when they are there, else Unknown. Raises ExitAway."""


def _nothing(session: Session, row: OutboxRow, now: datetime) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The ways out of a portal, and who is told what became of a letter.

    `settled` is called in the transaction that records the end of a letter: done, failed or in doubt.
    """

    exits_of: Callable[[int], Mapping[Exit, ExitSide]]
    settled: Callable[[Session, OutboxRow, datetime], None] = _nothing
