"""The journal: conversations of a portal, those that began last first, with filters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.storage.models import Conversation, Message, PlanRow
from app.storage.queries import outbox, search_words

began = func.coalesce(Conversation.started_at, Conversation.created_at)
"""When a communication began, as far as it is known; written so in the indexes as well."""
TROUBLED = ("failed", "in_doubt")
MOST_PROBLEMS = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: everything that comes after began earlier."""

    moment: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to show. `words`: see `app.rules.search_words.sought`, None for everybody; `number`: of the chat at UIS.

    `problems` are stored texts; `since` is included, `until` is not.
    """

    ids: Collection[int] | None = None
    states: Collection[str] = ()
    kind: str | None = None
    channel_id: int | None = None
    words: Collection[Collection[str]] | None = None
    number: int | None = None
    problems: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


def page(
    session: Session, installation_id: int, wanted: Wanted, *, after: Place | None, limit: int
) -> Sequence[Conversation]:
    """At most `limit` entries. Served by ix_conversation_state, _channel, _journal, or by the ids of a few clients."""
    conditions = [Conversation.installation_id == installation_id, *_conditions(wanted)]
    if after is not None:
        same = and_(began == after.moment, Conversation.id < after.id)
        conditions += [began <= after.moment, or_(began < after.moment, same)]
    few, common = _named(session, installation_id, wanted)
    if few is not None:
        return _of_few(session, few, [*conditions, *common], limit)
    query = select(Conversation).where(*conditions, *common)
    return session.scalars(query.order_by(began.desc(), Conversation.id.desc()).limit(limit)).all()


def _in_states(states: Collection[str]) -> ColumnElement[bool]:
    """As the journal shows them: a conversation whose messages did not arrive has failed or is in doubt, too."""
    worst = [state for state in states if state in outbox.TROUBLED]
    whole = or_(Conversation.state.in_(outbox.TROUBLED), ~outbox.has_troubled(outbox.TROUBLED))
    shown = and_(Conversation.state.in_(states), whole)
    return or_(shown, outbox.has_troubled(worst)) if worst else shown


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(_in_states(wanted.states))
    if wanted.kind is not None:
        found.append(Conversation.kind == wanted.kind)
    if wanted.channel_id is not None:
        found.append(Conversation.channel_id == wanted.channel_id)
    if wanted.problems is not None:
        found += [Conversation.problem.in_(wanted.problems), Conversation.state.in_(TROUBLED)]
    if wanted.since is not None:
        found.append(began >= wanted.since)
    if wanted.until is not None:
        found.append(began < wanted.until)
    return found


def _named(
    session: Session, installation_id: int, wanted: Wanted
) -> tuple[set[int] | None, list[ColumnElement[bool]]]:
    """Ids that alone can be meant (None: too many to name), and conditions for words that many clients have."""
    few = None if wanted.ids is None else set(wanted.ids)
    if wanted.words is None:
        return few, []
    found, common = search_words.meant(session, installation_id, wanted.words, wanted.number)
    return (found if few is None else few), common


def _of_few(
    session: Session, few: Collection[int], conditions: Sequence[ColumnElement[bool]], limit: int
) -> Sequence[Conversation]:
    """Without an order of the database's: it would walk through everything for the sake of it."""
    keys = session.execute(select(began, Conversation.id).where(Conversation.id.in_(few), *conditions))
    ids = [number for _, number in sorted(keys, key=tuple, reverse=True)[:limit]]
    rows = session.scalars(select(Conversation).where(Conversation.id.in_(ids)))
    return sorted(rows, key=lambda row: ids.index(row.id))


def entry(session: Session, installation_id: int, conversation_id: int) -> Conversation | None:
    """One entry of this portal."""
    query = select(Conversation).where(
        Conversation.id == conversation_id, Conversation.installation_id == installation_id
    )
    return session.scalar(query)


def plans(session: Session, conversation_id: int) -> Sequence[PlanRow]:
    """All plans of a conversation, oldest first. Served by ix_plan_conversation_id_id."""
    query = select(PlanRow).where(PlanRow.conversation_id == conversation_id).order_by(PlanRow.id)
    return session.scalars(query).all()


def messages(session: Session, conversation_id: int, limit: int) -> Sequence[Message]:
    """The last messages of a conversation, in their order. Served by the unique key."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    last = session.scalars(query.order_by(Message.message_id.desc()).limit(limit)).all()
    return sorted(last, key=lambda message: (message.sent_at, message.message_id))


def message_count(session: Session, conversation_id: int) -> int:
    """How many messages it has. Served by the unique key."""
    query = select(func.count()).select_from(Message).where(Message.conversation_id == conversation_id)
    return int(session.scalar(query) or 0)


def problems(session: Session, installation_id: int) -> dict[str, int]:
    """Stored problems of entries that want a person, and how many have each. Served by ix_conversation_state."""
    query = (
        select(Conversation.problem, func.count())
        .where(
            Conversation.installation_id == installation_id,
            Conversation.state.in_(TROUBLED),
            Conversation.problem.is_not(None),
        )
        .group_by(Conversation.problem)
        .limit(MOST_PROBLEMS)
    )
    return {str(problem): int(count) for problem, count in session.execute(query)}


def ids_with_problems(
    session: Session, installation_id: int, problems: Collection[str], limit: int = 10_000
) -> Sequence[int]:
    """Failed entries with one of these stored problems. Served by ix_conversation_state."""
    query = (
        select(Conversation.id)
        .where(
            Conversation.installation_id == installation_id,
            Conversation.state == "failed",
            Conversation.problem.in_(problems),
        )
        .order_by(Conversation.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def undecided(session: Session, installation_id: int) -> tuple[int, datetime | None]:
    """How many wait for their first decision, and when the earliest began. Served by ix_conversation_state."""
    query = select(func.count(), func.min(began)).where(
        Conversation.installation_id == installation_id,
        Conversation.state == "waiting",
        Conversation.decided < 0,
    )
    count, oldest = session.execute(query).one()
    return int(count), oldest


def counts(
    session: Session, installation_id: int, since: datetime, until: datetime
) -> dict[tuple[str, bool], int]:
    """(state, whether anything was created) -> how many began within. Served by ix_conversation_journal."""
    created = Conversation.ledger["made"].as_string().is_not(None)
    query = (
        select(Conversation.state, created, func.count())
        .where(Conversation.installation_id == installation_id, began >= since, began < until)
        .group_by(Conversation.state, created)
    )
    return {(str(state), bool(made)): int(count) for state, made, count in session.execute(query)}
