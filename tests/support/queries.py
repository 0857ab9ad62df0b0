"""How many queries a database is asked, by the thread that asks."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def counted(engine: Engine) -> Iterator[Counter[str]]:
    """Statements by the name of their thread, beginnings and ends of transactions not among them."""
    found: Counter[str] = Counter()

    def note(*_: Any) -> None:
        found[threading.current_thread().name] += 1

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
