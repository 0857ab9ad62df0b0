"""Virtual time: the whole application and the sandbox in one process, where an hour takes as long as its work.

Threads are real, but only one runs at any moment; whoever waits or sleeps hands on to the one whose moment comes
next, and the clock jumps there. The same seed gives the same run. Computing costs no time here: what is measured is
how well the limits of a portal are used, not how fast the machine is.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from requests.adapters import BaseAdapter
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.base.clock import ManualClock
from app.base.config import Config
from app.base.http import Http
from sandbox.core.clock import Clock as SandboxClock


class VirtualTime:
    """The moment, and whose turn it is. The thread that makes it takes part."""

    def __init__(self, start: datetime) -> None:
        self._now = start.timestamp()
        self._turns: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()

    def now(self) -> float:
        """Unix seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let the others run until so much time has gone by."""
        mine = threading.Event()
        self.wake(mine, max(0.0, seconds))
        self.hand_on(mine)

    def wake(self, who: threading.Event, seconds: float = 0.0) -> None:
        """It will be this thread's turn then."""
        heapq.heappush(self._turns, (self._now + seconds, next(self._numbers), who))

    def hand_on(self, mine: threading.Event | None) -> None:
        """The next one runs; returns when it is this thread's turn again (None: it has ended)."""
        if not self._turns:
            raise RuntimeError("everybody waits for somebody else")
        self._now, _, following = heapq.heappop(self._turns)
        following.set()
        if mine is not None:
            mine.wait()

    def spawn(self, work: Callable[[], None]) -> None:
        """Run something beside; it begins when the others wait."""
        mine = threading.Event()

        def run() -> None:
            mine.wait()
            try:
                work()
            finally:
                self.hand_on(None)

        threading.Thread(target=run, daemon=True).start()
        self.wake(mine)


class VirtualClock(ManualClock):
    """The application's clock; moved by waiting."""

    def __init__(self, time: VirtualTime) -> None:
        self.time = time

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time.now(), UTC)

    def advance(self, seconds: float) -> None:
        self.time.sleep(seconds)


class VirtualSandboxClock(SandboxClock):
    """The sandbox's clock."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def now(self) -> float:
        return self._time.now()

    def sleep(self, seconds: float) -> None:
        self._time.sleep(seconds)


class _Waiter:
    """A thread that waits for the first of several tasks: it is woken once."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._turn = threading.Event()
        self._woken = False

    def wait(self) -> None:
        self._time.hand_on(self._turn)

    def wake(self) -> None:
        if not self._woken:
            self._woken = True
            self._time.wake(self._turn)


class _Task(Future[Any]):
    """A result that others wait for in virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self.time = time
        self.waiting: list[_Waiter] = []

    def result(self, timeout: float | None = None) -> Any:
        _first(self.time, [self])
        return super().result(0)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        _first(self.time, [self])
        return super().exception(0)


def _first(time: VirtualTime, tasks: Sequence[_Task]) -> set[_Task]:
    if not any(task.done() for task in tasks):
        mine = _Waiter(time)
        for task in tasks:
            task.waiting.append(mine)
        mine.wait()
    return {task for task in tasks if task.done()}


class _Pool(Executor):
    def __init__(self, time: VirtualTime, count: int) -> None:
        self._time = time
        self._free = count
        self._tasks: list[_Task] = []
        self._queue: list[tuple[_Task, Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        task = _Task(self._time)
        self._tasks.append(task)
        self._queue.append((task, lambda: fn(*args, **kwargs)))
        self._begin()
        return task

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        while left := [task for task in self._tasks if not task.done()]:
            _first(self._time, left)

    def _begin(self) -> None:
        while self._free and self._queue:
            self._free -= 1
            task, work = self._queue.pop(0)
            self._time.spawn(partial(self._run, task, work))

    def _run(self, task: _Task, work: Callable[[], Any]) -> None:
        try:
            task.set_result(work())
        except Exception as error:  # noqa: BLE001  (it is told to whoever waits)
            task.set_exception(error)
        self._free += 1
        self._begin()
        for waiter in task.waiting:
            waiter.wake()


class VirtualThreads:
    """See `app.base.threads.Threads`."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time

    def pool(self, count: int, name: str) -> Executor:
        return _Pool(self._time, count)

    def first(self, flying: Iterable[Future[Any]]) -> set[Future[Any]]:
        return {*_first(self._time, [task for task in flying if isinstance(task, _Task)])}


class InProcessHttp(Http):
    """Requests to these applications (`host:port` -> application) are called in the process, not over a socket."""

    def __init__(self, config: Config, apps: Mapping[str, Flask]) -> None:
        super().__init__(config)
        self._adapter_of_apps = _Adapter(apps)

    def equip(self, session: requests.Session) -> None:
        super().equip(session)
        session.mount("http://", self._adapter_of_apps)

    def _session(self) -> Any:
        session = super()._session()
        session.mount("http://", self._adapter_of_apps)
        return session


class _Adapter(BaseAdapter):
    def __init__(self, apps: Mapping[str, Flask]) -> None:
        super().__init__()
        self._apps = apps

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        target = urlsplit(str(request.url))
        builder = EnvironBuilder(
            method=request.method or "GET", base_url=f"http://{target.netloc}", path=target.path,
            query_string=target.query, data=request.body or b"", headers=list(request.headers.items()),
        )  # fmt: skip
        environ = builder.get_environ() | {"REMOTE_ADDR": "127.0.0.1"}
        chunks, status, headers = run_wsgi_app(self._apps[target.netloc], environ)
        answer = requests.Response()
        answer.status_code = int(status.split(" ", 1)[0])
        answer.headers.update(dict(headers))
        answer._content = b"".join(chunks)
        answer.url, answer.request = request.url or "", request
        return answer

    def close(self) -> None:
        """Nothing is open."""
