"""Rotation of the encryption keys while everything goes on working."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.base.secrets import Vault
from app.storage.models import Chain
from app.storage.sealed import sealed_columns
from app.storage.services import Services
from bitrix_app import keys
from sandbox.world import World
from tests.bitrix_app import support


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[tuple[World, Services]]:
    with World() as world, support.services(database_url, support.config(world, tmp_path)) as made:
        for portal in (world.portals[0], world.add_portal(), world.add_portal()):
            support.generous(portal)
            support.enrolled(made, portal)
        yield world, made


def test_every_column_that_holds_a_secret_is_known() -> None:
    named = {f"{table.name}.{column.name}" for table, column in sealed_columns()}
    assert named >= {
        "chain.access_token", "chain.refresh_token", "installation.application_token", "installation.event_key",
        "uis_connection.key", "uis_connection.webhook_token", "uis_connection.adapter_password",
        "uis_connection.adapter_token", "uis_connection.data_api_key", "uis_ticket.jwt",
    }  # fmt: skip


def test_rotation_reseals_everything_and_the_old_key_may_go(
    house: tuple[World, Services], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, made = house
    monkeypatch.setattr(keys, "ROWS", 2)
    both = replace(made, vault=Vault(["new", "test"]))
    rotation = keys.rotate(both)
    assert (rotation.resealed, rotation.newest, rotation.broken) == (12, 0, [])
    assert keys.rotate(both).newest == 12
    only_new = replace(made, vault=Vault(["new"]))
    for number in (1, 2, 3):
        assert support.client(only_new, number).call("profile")["result"]


def test_values_that_cannot_be_opened_are_named_and_left_alone(house: tuple[World, Services]) -> None:
    _, made = house
    with made.sessions.begin() as session:
        stolen = session.scalars(select(Chain.access_token).where(Chain.id == 2)).one()
        session.execute(update(Chain).where(Chain.id == 1).values(access_token=stolen))
    rotation = keys.rotate(replace(made, vault=Vault(["new", "test"])))
    assert rotation.broken == ["chain.access_token #1"]
    assert rotation.resealed == 11


def test_the_command_says_what_it_did(house: tuple[World, Services]) -> None:
    _, made = house
    app = Flask("commands")
    app.extensions["omni"] = replace(made, vault=Vault(["new", "test"]))
    keys.install(app)
    result = app.test_cli_runner().invoke(args=["keys", "rotate"])
    assert (result.exit_code, result.output) == (0, "12 sealed anew, 0 had the newest key already\n")
