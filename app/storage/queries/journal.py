"""The journal: conversations of a portal, newest first, with filters."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.storage.models import ClientKey, Conversation, Message, PlanRow
from app.storage.queries import outbox


def page(
    session: Session, installation_id: int, *, before: int | None, limit: int,
    states: Collection[str] = (), kind: str | None = None, client: str | None = None,
) -> Sequence[Conversation]:  # fmt: skip
    """At most `limit` entries with an id below `before`. Served by ix_conversation_installation_id_id."""
    query = select(Conversation).where(Conversation.installation_id == installation_id)
    if before is not None:
        query = query.where(Conversation.id < before)
    if states:
        query = query.where(_in_states(states))
    if kind:
        query = query.where(Conversation.kind == kind)
    if client:
        query = query.where(_of_client(installation_id, client))
    return session.scalars(query.order_by(Conversation.id.desc()).limit(limit)).all()


def _in_states(states: Collection[str]) -> ColumnElement[bool]:
    """As the journal shows them: a conversation whose messages did not arrive has failed or is in doubt, too."""
    worst = [state for state in states if state in outbox.TROUBLED]
    whole = or_(Conversation.state.in_(outbox.TROUBLED), ~outbox.has_troubled(outbox.TROUBLED))
    shown = and_(Conversation.state.in_(states), whole)
    return or_(shown, outbox.has_troubled(worst)) if worst else shown


def _of_client(installation_id: int, sought: str) -> ColumnElement[bool]:
    """By a part of a phone or e-mail (keys of the client), of the visitor's name, or by the number of the chat."""
    digits = "".join(letter for letter in sought if letter.isdigit())
    by_name = _name_has(sought)
    wanted = [by_name]
    patterns = [f"email:%{_literal(sought.strip().lower())}%"]
    if len(digits) >= 4:
        patterns.append(f"phone:%{digits[1:] if digits.startswith('8') and len(digits) == 11 else digits}%")
    key = select(ClientKey.conversation_id).where(
        ClientKey.installation_id == installation_id,
        or_(*(ClientKey.key.like(pattern, escape="\\") for pattern in patterns)),
    )
    wanted.append(Conversation.id.in_(key))
    if digits and digits == sought.strip() and len(digits) < 19:
        wanted.append(Conversation.source_id == int(digits))
    if len(digits) >= 4:
        wanted.append(Conversation.facts["visitor"]["phone_number"].as_string().like(f"%{digits}%"))
    return or_(*wanted)


def _name_has(sought: str) -> ColumnElement[bool]:
    """SQLite folds the case of Latin letters only, so the usual spellings of a name are tried."""
    name = Conversation.facts["visitor"]["name"].as_string()
    spellings = {sought, sought.lower(), sought.upper(), sought.title()}
    return or_(*(name.ilike(f"%{_literal(spelling)}%", escape="\\") for spelling in sorted(spellings)))


def _literal(text: str) -> str:
    """Wildcards of LIKE stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def entry(session: Session, installation_id: int, conversation_id: int) -> Conversation | None:
    """One entry of this portal."""
    query = select(Conversation).where(
        and_(Conversation.id == conversation_id, Conversation.installation_id == installation_id)
    )
    return session.scalar(query)


def plans(session: Session, conversation_id: int) -> Sequence[PlanRow]:
    """All plans of a conversation, oldest first. Served by ix_plan_conversation_id_id."""
    query = select(PlanRow).where(PlanRow.conversation_id == conversation_id).order_by(PlanRow.id)
    return session.scalars(query).all()


def message_count(session: Session, conversation_id: int) -> int:
    """How many messages it has. Served by the unique key."""
    query = select(func.count()).select_from(Message).where(Message.conversation_id == conversation_id)
    return int(session.scalar(query) or 0)


def ids_with_problem(
    session: Session, installation_id: int, problem: str, limit: int = 10_000
) -> Sequence[int]:
    """Failed entries with exactly this stored problem. Served by ix_conversation_installation_id_id."""
    query = (
        select(Conversation.id)
        .where(
            Conversation.installation_id == installation_id,
            Conversation.state == "failed",
            Conversation.problem == problem,
        )
        .order_by(Conversation.id)
        .limit(limit)
    )
    return session.scalars(query).all()
