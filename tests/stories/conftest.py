"""Fixtures of the stories: a stage of its own for each, and people who come to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.stories.person import Person
from tests.stories.stage import Stage, staged
from tests.support.missing import missing
from tools.build_pages import DIST

# The processes are real and the machine may be busy: what is awaited comes within this time or never.
expect.set_options(timeout=20_000)

Come = Callable[..., Person]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """World and server."""
    if not (DIST / ".vite" / "manifest.json").is_file():
        missing("The pages are not built: make pages")
    with staged(tmp_path) as made:
        yield made


@pytest.fixture
def come(browser: Browser, stage: Stage) -> Iterator[Come]:
    """`come(lang="ru", user_id=1)` is a person at a browser; whatever it complains of fails the story."""
    people: list[Person] = []

    def arrive(lang: str = "ru", user_id: int = 1) -> Person:
        people.append(Person(browser, stage, lang, user_id))
        return people[-1]

    yield arrive
    for person in people:
        person.leave()
