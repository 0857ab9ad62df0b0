"""A process that is killed again and again, while both vendors and people's browsers go on."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from app.domain.mail import LetterState
from app.storage.models import InboxRow, OutboxRow
from sandbox.world import World
from tests.stories.stage import Stage, variables
from tests.support.patient import Patient
from tests.support.server import Server

FAST = {"UNKNOWN_WAIT_S": "2", "CLAIM_TTL_S": "20", "POLL_S": "5", "SYNC_S": "3600"}
PATIENCE_S = 600.0


@contextmanager
def staged(directory: Path, url: str) -> Iterator[Stage]:
    """A world whose callbacks and events wait before the door while nobody opens."""
    with World() as world:
        front, server = Patient(), Server(variables(world) | FAST | {"DATABASE_URL": url}, directory)
        server.env["PUBLIC_URL"] = world.card.url = front.url
        front.target = server.url
        server.start()
        try:
            yield Stage(world, server)
        finally:
            server.kill()
            front.stop()


def kill_while(stage: Stage, people: Sequence[threading.Thread], kills: int, chance: random.Random) -> None:
    """People do what they do, the server dies and rises; ends when they are done."""
    for person in people:
        person.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0.2, 3.0))
        stage.server.kill()
        stage.server.start(wait=chance.random() < 0.7)
    stage.server.wait()
    for person in people:
        person.join(PATIENCE_S)
        assert not person.is_alive(), "the conversations never end"


def letters_when_quiet(stage: Stage, url: str) -> Sequence[Any]:
    """Every letter, when none is on its way any more."""
    engine, ends = create_engine(url), time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < ends:
            stage.world.uis.flush(60)
            with engine.connect() as connection:
                rows = connection.execute(select(OutboxRow.state, OutboxRow.exit, OutboxRow.problem)).all()
                waiting = connection.execute(select(InboxRow.id).where(InboxRow.state == "new")).all()
            if not waiting and not {row.state for row in rows} & {LetterState.WAITING, LetterState.SENT}:
                return rows
            time.sleep(1)
    finally:
        engine.dispose()
    raise AssertionError("the letters never come to rest")


def missing_of(said: Sequence[str], wanted: Sequence[str]) -> int:
    """How many never came; what came came once, in order."""
    places = [wanted.index(text) for text in said]
    assert places == sorted(set(places)), said
    return len(wanted) - len(said)
