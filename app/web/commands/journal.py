"""`flask journal`: conversations, the steps of their plans, and trying them again."""

import click
from flask.cli import AppGroup

from app.domain.plan import Plan
from app.pipeline.retry import retry
from app.storage.database import reading
from app.storage.models import Conversation
from app.storage.queries import console, journal
from app.web.caller import services
from app.web.commands import table

group = AppGroup("journal", help="Conversations: list, inspect, retry.")


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
    """One conversation with the steps of its plans; nothing that a client said."""
    with services().sessions() as session:
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


@group.command("retry")
@click.option("--portal", type=int, required=True)
@click.option("--problem", help="all whose problem begins so")
@click.argument("conversations", type=int, nargs=-1)
def retry_command(portal: int, problem: str | None, conversations: tuple[int, ...]) -> None:
    """Let failed conversations go on with their plans: those named, or all with a problem."""
    if bool(problem) == bool(conversations):
        raise click.UsageError("name either conversations or a --problem")
    house = services()
    with house.sessions.begin() as session:
        if problem:
            conversations = tuple(
                row.id for row in console.entries(session, portal, "failed", problem, 10_000)
            )
        count = retry(session, portal, conversations, house.clock.now())
    house.wake(portal)
    click.echo(f"{count} will be tried again")


def _ended(moment: object) -> str:
    return f"ended {moment:%Y-%m-%d %H:%M:%S}" if moment is not None else "open"
