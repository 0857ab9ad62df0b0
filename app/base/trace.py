"""Spans of what takes time, for those who collect traces. Names and ids only: never texts, addresses or tokens."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Fact = str | int | float


class Span(Protocol):
    """One piece of work."""

    def note(self, **facts: Fact) -> None:
        """What became known of it."""


class Trace(Protocol):
    """Where spans go."""

    def span(self, name: str, **facts: Fact) -> AbstractContextManager[Span]:
        """A context manager that gives a Span."""


class _Nothing:
    def note(self, **facts: Fact) -> None:
        """Nobody collects."""


class NoTrace:
    """Spans go nowhere, which costs next to nothing."""

    @contextmanager
    def span(self, name: str, **facts: Fact) -> Iterator[Span]:
        yield _Nothing()
