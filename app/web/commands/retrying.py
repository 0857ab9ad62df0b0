"""What `flask journal retry` does: a few at a time, a transaction each, so that it may run beside everything else."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app.pipeline.retry import retry
from app.storage.database import reading
from app.storage.models import Conversation, OutboxRow
from app.storage.queries import console
from app.storage.services import Services
from app.web import letters

STEP = 200


@dataclass(frozen=True, slots=True)
class Retried:
    """How many go on."""

    conversations: int = 0
    letters: int = 0

    def __add__(self, other: "Retried") -> "Retried":
        return Retried(self.conversations + other.conversations, self.letters + other.letters)


class Retrying:
    """Over one portal, or all of them."""

    def __init__(self, house: Services) -> None:
        self.house = house

    def everywhere(self, problem: str) -> Retried:
        """All portals that have the problem, one after the other."""
        with self.house.sessions() as session:
            reading(session)
            found = {
                portal
                for what in (Conversation, OutboxRow)
                for portal in console.portals_with(session, what, problem)
            }
        return sum((self.problem(portal, problem) for portal in sorted(found)), Retried())

    def problem(self, portal: int, problem: str) -> Retried:
        """Conversations of a portal with this problem and their letters, then letters that have it themselves."""
        done = Retried()
        for ids in self._steps(Conversation, portal, problem):
            done += self.these(portal, ids)
        for ids in self._steps(OutboxRow, portal, problem):
            done += self._letters(portal, ids)
        return done

    def these(self, portal: int, conversations: Collection[int]) -> Retried:
        """Conversations by their ids, as the journal of the administrators tries them again."""
        now = self.house.clock.now()
        with self.house.sessions.begin() as session:
            count = retry(session, portal, conversations, now)
            sent = letters.again(session, portal, conversations, now)
        self._wake(portal)
        return Retried(count, sent)

    def _letters(self, portal: int, ids: Collection[int]) -> Retried:
        with self.house.sessions.begin() as session:
            sent = letters.these_again(session, portal, ids, self.house.clock.now())
        self._wake(portal)
        return Retried(letters=sent)

    def _wake(self, portal: int) -> None:
        self.house.wake(portal)
        self.house.wake.mail(portal)

    def _steps(self, what: console.Stored, portal: int, problem: str) -> Iterator[Sequence[int]]:
        """By ids that only grow: what fails again meanwhile is not taken a second time."""
        after = 0
        while True:
            with self.house.sessions() as session:
                ids = console.failed_ids(reading(session), what, portal, problem, after, STEP)
            if not ids:
                return
            yield ids
            after = ids[-1]
