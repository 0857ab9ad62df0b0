"""`flask keys rotate`: every sealed value gets the newest key, in small transactions, while the application runs.

`flask keys list` says how far that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import Column, Table

from app.base.secrets import SealBroken
from app.storage.database import reading
from app.storage.queries import sealed as queries
from app.storage.sealed import owner, sealed_columns
from app.storage.services import Services
from app.web.caller import services

ROWS = 100


@dataclass(slots=True)
class Rotation:
    """How many values got the newest key, had it already, or could not be opened (named in `broken`)."""

    resealed: int
    newest: int
    broken: list[str]


def rotate(house: Services) -> Rotation:
    """Seal everything anew with the first of ENCRYPTION_KEYS. Safe to break off and to run again."""
    rotation = Rotation(0, 0, [])
    for table, column in sealed_columns():
        _rotate_column(house, table, column, rotation)
    return rotation


def _rotate_column(house: Services, table: Table, column: Column[str], rotation: Rotation) -> None:
    after = 0
    while True:
        with house.sessions() as session:
            rows = queries.page(reading(session), table, column, after, ROWS)
        if not rows:
            return
        after = rows[-1][0]
        _rotate_rows(house, table, column, rows, rotation)


def _rotate_rows(
    house: Services,
    table: Table,
    column: Column[str],
    rows: Sequence[tuple[int, str, str]],
    rotation: Rotation,
) -> None:
    name = f"{table.name}.{column.name}"
    with house.sessions.begin() as session:
        for row_id, member_id, value in rows:
            if house.vault.is_newest(value):
                rotation.newest += 1
                continue
            try:
                fresh = house.vault.rotate(owner(member_id, name), value)
            except SealBroken:
                rotation.broken.append(f"{name} #{row_id}")
                continue
            rotation.resealed += queries.replace(session, table, column, row_id, value, fresh)


def census(house: Services, table: Table, column: Column[str]) -> tuple[int, int]:
    """How many values of a column are sealed with the newest key, and with older ones."""
    newest = older = after = 0
    while True:
        with house.sessions() as session:
            rows = queries.page(reading(session), table, column, after, ROWS)
        if not rows:
            return newest, older
        after = rows[-1][0]
        fresh = sum(house.vault.is_newest(value) for _, _, value in rows)
        newest, older = newest + fresh, older + len(rows) - fresh


def install(app: Flask) -> None:
    """Register the command group."""
    group = AppGroup("keys", help="Encryption keys.")

    @group.command("rotate")
    def rotate_command() -> None:
        """Seal every secret with the newest of ENCRYPTION_KEYS; older keys may go afterwards."""
        rotation = rotate(services())
        click.echo(f"{rotation.resealed} sealed anew, {rotation.newest} had the newest key already")
        if rotation.broken:
            raise click.ClickException("cannot be opened with these keys: " + ", ".join(rotation.broken))

    @group.command("list")
    def list_command() -> None:
        """How many sealed values there are, and how many are not sealed with the newest key yet."""
        for table, column in sealed_columns():
            newest, older = census(services(), table, column)
            click.echo(f"{table.name}.{column.name}: {newest} newest, {older} older")

    app.cli.add_command(group)
