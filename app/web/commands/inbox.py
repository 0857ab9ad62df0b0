"""`flask inbox`: events as they came, and folding them in again."""

from datetime import timedelta

import click
from flask.cli import AppGroup

from app.storage.database import reading
from app.storage.models import InboxRow
from app.storage.queries import cleaning, console
from app.web.caller import services
from app.web.commands import table

group = AppGroup("inbox", help="Events: list, inspect, park, replay, purge.")
BY_HAND = "parked by hand"


@group.command("list")
@click.option("--portal", type=int, help="of this portal only")
@click.option("--state", default="failed", show_default=True, type=click.Choice(["new", "done", "failed"]))
@click.option("--limit", default=50, show_default=True)
def list_command(portal: int | None, state: str, limit: int) -> None:
    """Events, newest first."""
    with services().sessions() as session:
        rows = console.events(reading(session), portal, state, limit)
        table.show(
            ("id", "portal", "received", "source", "kind", "problem"),
            [
                (row.id, row.installation_id, row.received_at, row.source, row.kind, row.problem)
                for row in rows
            ],
        )


@group.command("show")
@click.argument("event", type=int)
@click.option("--body", is_flag=True, help="with the body as it was received, which is personal data")
def show_command(event: int, body: bool) -> None:
    """One event."""
    with services().sessions() as session:
        row = reading(session).get(InboxRow, event)
        if row is None:
            raise click.ClickException(f"there is no event {event}")
        table.facts(
            [
                ("portal", row.installation_id), ("received", row.received_at), ("source", row.source),
                ("kind", row.kind), ("key", row.dedup_key), ("state", row.state), ("problem", row.problem),
                ("bytes", len(row.body)),
            ]
        )  # fmt: skip
        if body:
            click.echo(row.body.decode("utf-8", "replace"))


@group.command("park")
@click.argument("events", type=int, nargs=-1, required=True)
def park_command(events: tuple[int, ...]) -> None:
    """Leave waiting events alone until they are replayed."""
    with services().sessions.begin() as session:
        count = console.set_aside(session, events, BY_HAND)
    click.echo(f"{count} parked")


@group.command("replay")
@click.argument("events", type=int, nargs=-1, required=True)
def replay_command(events: tuple[int, ...]) -> None:
    """Fold events in again, whatever became of them: parked, unreadable or done. Nothing is made twice."""
    house = services()
    with house.sessions.begin() as session:
        count = console.replay(session, events, house.clock.now())
    click.echo(f"{count} will be folded in")


@group.command("purge")
@click.option("--days", type=click.IntRange(min=1), required=True, help="older than so many days")
def purge_command(days: int) -> None:
    """Erase events that were folded in, in small steps."""
    house = services()
    whole, before = 0, house.clock.now() - timedelta(days=days)
    while True:
        with house.sessions.begin() as session:
            rows = cleaning.old_events(session, before)
        whole += rows
        if rows < cleaning.STEP:
            break
    click.echo(f"{whole} erased")
