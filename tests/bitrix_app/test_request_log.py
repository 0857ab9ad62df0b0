"""The log of requests, beside what it logs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.storage.services import Services
from bitrix_app.encoding import command
from sandbox.world import World
from tests.bitrix_app import support


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        yield made


@pytest.fixture
def house(world: World, database_url: str, tmp_path: Path) -> Iterator[Services]:
    with support.services(database_url, support.config(world, tmp_path)) as made:
        yield made


def test_what_cannot_be_logged_was_done_all_the_same(
    house: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a lead that was made would count as not made."""
    portal = world.portals[0]
    support.generous(portal)
    client = support.client(house, support.enrolled(house, portal))

    def broken(*_: Any) -> None:
        raise ValueError("an answer of a shape that nobody knows")

    monkeypatch.setattr(client.log, "add", broken)
    made = client.batch({"one": command("crm.item.add", {"entityTypeId": 1, "fields": {"title": "A"}})})
    assert list(made.results) == ["one"]
