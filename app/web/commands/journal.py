"""`flask journal`: conversations, the steps of their plans, their letters, and trying them again."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import click
from flask.cli import AppGroup

from app.domain.plan import Plan
from app.storage.database import reading
from app.storage.models import Conversation, OutboxRow
from app.storage.queries import console, journal, outbox
from app.web.caller import services
from app.web.commands import table
from app.web.commands.retrying import Retried, Retrying

group = AppGroup("journal", help="Conversations: list, inspect, count problems, retry.")
WHAT: tuple[tuple[str, console.Stored], ...] = (("conversation", Conversation), ("letter", OutboxRow))


@group.command("list")
@click.option("--portal", type=int, help="of this portal only")
@click.option("--state", help="waiting, done, filtered, failed or in_doubt")
@click.option("--problem", help="whose problem begins so")
@click.option("--limit", default=50, show_default=True)
def list_command(portal: int | None, state: str | None, problem: str | None, limit: int) -> None:
    """Conversations, newest first."""
    with services().sessions() as session:
        rows = console.entries(reading(session), portal, state, problem, limit)
        table.show(
            ("id", "portal", "kind", "number", "state", "due", "problem"),
            [
                (row.id, row.installation_id, row.kind, row.source_id, row.state, row.due_at, row.problem)
                for row in rows
            ],
        )


@group.command("show")
@click.argument("conversation", type=int)
def show_command(conversation: int) -> None:
    """One conversation with the steps of its plans and its letters; nothing that anybody said."""
    house = services()
    with house.sessions() as session:
        row = reading(session).get(Conversation, conversation)
        if row is None:
            raise click.ClickException(f"there is no conversation {conversation}")
        table.facts(
            [
                ("portal", row.installation_id), ("kind", row.kind), ("number", row.source_id),
                ("state", row.state), ("reason", row.reason), ("problem", row.problem), ("due", row.due_at),
                ("came", row.created_at), ("last event", row.updated_at), ("closed", row.closed_at),
            ]
        )  # fmt: skip
        for plan in journal.plans(session, row.id):
            click.echo(
                f"\nplan {plan.id}, made {plan.created_at:%Y-%m-%d %H:%M:%S}, {_ended(plan.settled_at)}"
            )
            steps = Plan.from_json(plan.steps).steps
            table.show(
                ("step", "state", "made", "tries", "problem"),
                [(s.name, s.state, s.result, s.attempts, s.problem) for s in steps],
            )
        _show_letters(outbox.of_conversations(session, [row.id]), house.clock.now())


def _show_letters(rows: Sequence[OutboxRow], now: datetime) -> None:
    if not rows:
        return
    click.echo(f"\nletters: {len(rows)}")
    table.show(
        ("letter", "to", "kind", "state", "tries", "age", "problem"),
        [(r.id, r.exit, r.kind, r.state, r.attempts, _age(r.created_at, now), r.problem) for r in rows],
    )


@group.command("problems")
@click.option("--limit", default=50, show_default=True)
def problems_command(limit: int) -> None:
    """What has failed, by the kind of its problem, over all portals; the most frequent first."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    portals: dict[tuple[str, str], set[int]] = defaultdict(set)
    with services().sessions() as session:
        reading(session)
        for name, what in WHAT:
            for problem, portal, count in console.troubles(session, what):
                counts[name, _kind(problem)] += count
                portals[name, _kind(problem)].add(portal)
    most = sorted(counts, key=lambda key: (-counts[key], key))[:limit]
    table.show(
        ("what", "count", "portals", "problem"),
        [(name, counts[name, kind], len(portals[name, kind]), kind) for name, kind in most],
    )


def _kind(problem: str) -> str:
    """The step and the code, without the vendor's words and parameters: what `retry --problem` takes."""
    return ": ".join(problem.partition(" {")[0].split(": ")[:2])


@group.command("retry")
@click.option("--portal", type=int)
@click.option("--all-portals", is_flag=True, help="with a --problem: wherever it is")
@click.option("--problem", help="all whose problem begins so")
@click.argument("conversations", type=int, nargs=-1)
def retry_command(
    portal: int | None, all_portals: bool, problem: str | None, conversations: tuple[int, ...]
) -> None:
    """Let failed conversations go on with their plans, and send their failed letters again: those named, or all with
    a problem. Repeating it changes nothing; what is in doubt is never sent again."""
    if (portal is None) != all_portals:
        raise click.UsageError("name either a --portal or --all-portals")
    if bool(problem) == bool(conversations) or (all_portals and not problem):
        raise click.UsageError("name either conversations of a --portal or a --problem")
    retrying = Retrying(services())
    if portal is None:
        done = retrying.everywhere(problem or "")
    else:
        done = retrying.problem(portal, problem) if problem else retrying.these(portal, conversations)
    _tell(done)


def _tell(done: Retried) -> None:
    click.echo(f"{done.conversations} will be tried again")
    if done.letters:
        click.echo(f"{done.letters} letters will be sent again")


def _age(since: datetime, now: datetime) -> timedelta:
    return timedelta(seconds=int((now - since).total_seconds()))


def _ended(moment: object) -> str:
    return f"ended {moment:%Y-%m-%d %H:%M:%S}" if moment is not None else "open"
