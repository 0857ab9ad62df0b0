"""`flask portals`: who is there, what waits, and stopping or starting the work for one of them."""

from datetime import timedelta
from typing import cast

import click
from flask.cli import AppGroup

from app.storage.database import reading
from app.storage.models import Installation, RequestLog
from app.storage.models.inbox import Lane
from app.storage.queries import console, figures
from app.web.caller import services
from app.web.commands import table
from app.web.metrics import LANES

group = AppGroup("portals", help="Installations: list, inspect, requests, park, unpark, purge.")
BY_HAND = "by_hand"


@group.command("list")
@click.option("--state", help="installing, active, parked, disabled or removed")
@click.option("--limit", default=50, show_default=True)
def list_command(state: str | None, limit: int) -> None:
    """Portals, those that wait longest first."""
    with services().sessions() as session:
        rows = console.portals(reading(session), state, limit)
        table.show(
            ("id", "portal", "state", "problem", "due", "held by"),
            [
                (row.id, row.portal_url, row.state, row.problem, work and work.due_at, work and work.holder)
                for row, work in rows
            ],
        )


@group.command("show")
@click.argument("portal", type=int)
def show_command(portal: int) -> None:
    """One portal: states, what waits, who works on it."""
    with services().sessions() as session:
        row = _row(reading(session).get(Installation, portal), portal)
        waiting, oldest = figures.inbox_waiting(session, portal)
        lanes = [(name, cast(Lane | None, session.get(lane, portal))) for name, lane in LANES.items()]
        table.facts(
            [
                ("portal", row.portal_url), ("member_id", row.member_id), ("state", row.state),
                ("problem", row.problem), ("parked until", row.parked_until), ("status", row.status),
                ("installed", row.installed_at), ("synchronized", row.synced_at), ("purge at", row.purge_at),
                ("events waiting", waiting), ("oldest since", oldest),
                ("unreadable", figures.unreadable(session, portal)),
                ("conversations", figures.conversations_by_state(session, portal)),
                *((f"{name} due", row and row.due_at) for name, row in lanes),
                *((f"{name} held by", row and row.holder) for name, row in lanes),
            ]
        )  # fmt: skip


@group.command("requests")
@click.argument("portal", type=int)
@click.option("--since", default=1.0, show_default=True, help="hours ago; they are kept for three days")
@click.option("--failed", is_flag=True, help="only those with something other than ok")
def requests_command(portal: int, since: float, failed: bool) -> None:
    """REST requests of a portal and what was answered, oldest first; all that may be personal is masked."""
    house = services()
    with house.sessions() as session:
        _row(session.get(Installation, portal), portal)
        for row in console.requests(session, portal, house.clock.now() - timedelta(hours=since)):
            if not failed or row.problem or any(command[1] != "ok" for command in row.commands):
                _show_request(row)


def _show_request(row: RequestLog) -> None:
    """A line of its own, and one for each command of a batch."""
    told = (
        f"{row.at:%Y-%m-%d %H:%M:%S.%f}"[:-3], row.method, f"http {row.status or '-'}", f"{row.milliseconds} ms",
        row.problem or "ok", row.params, row.answer and f"-> {row.answer}",
    )  # fmt: skip
    click.echo("  ".join(part for part in told if part))
    for command in row.commands:
        method, outcome, params, answer = (*command, "", "")[:4]
        parts = (method, outcome, params, answer and f"-> {answer}")
        click.echo("    " + "  ".join(part for part in parts if part))


@group.command("park")
@click.argument("portal", type=int)
def park_command(portal: int) -> None:
    """Store events, call nothing, until it is unparked by hand."""
    with services().sessions.begin() as session:
        done = console.park(session, portal, BY_HAND)
    _told(done, f"portal {portal} is parked", f"portal {portal} is not active")


@group.command("unpark")
@click.argument("portal", type=int)
def unpark_command(portal: int) -> None:
    """Work for a parked portal again, at once."""
    house = services()
    with house.sessions.begin() as session:
        done = console.unpark(session, portal, house.clock.now())
    house.wake(portal)
    _told(done, f"portal {portal} is worked on again", f"portal {portal} is not parked")


@group.command("purge")
@click.argument("portal", type=int)
@click.confirmation_option(prompt="Erase everything that is stored of this portal?")
def purge_command(portal: int) -> None:
    """Erase a removed portal now instead of after 30 days; the next sweep does it."""
    house = services()
    with house.sessions.begin() as session:
        done = console.purge_soon(session, portal, house.clock.now())
    _told(done, f"portal {portal} will be erased within a minute", f"portal {portal} is not removed")


def _row(row: Installation | None, portal: int) -> Installation:
    if row is None:
        raise click.ClickException(f"there is no portal {portal}")
    return row


def _told(done: bool, good: str, bad: str) -> None:
    if not done:
        raise click.ClickException(bad)
    click.echo(good)
