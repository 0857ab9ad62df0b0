"""The one place where work goes side by side, so that a simulation can put its own in its place."""

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Threads(Protocol):
    """Pools of threads, and waiting for the first of several results."""

    def pool(self, count: int, name: str) -> Executor:
        """At most `count` calls at once; a context manager that waits for all of them."""

    def first(self, flying: Iterable[Future[Result]]) -> set[Future[Result]]:
        """Wait until at least one is done. Returns those that are."""


class RealThreads:
    """Threads of the machine."""

    def pool(self, count: int, name: str) -> Executor:
        return ThreadPoolExecutor(count, thread_name_prefix=name)

    def first(self, flying: Iterable[Future[Any]]) -> set[Future[Any]]:
        return wait(flying, return_when=FIRST_COMPLETED).done
