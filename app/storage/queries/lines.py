"""Open lines and the dialogs in them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.storage.models import Conversation, LineDialog, LineState, LinesWork, OpenLine
from app.storage.queries.counted import changed
from app.storage.queries.upsert import insert_ignoring


def dialogs(
    session: Session, installation_id: int, chat_ids: Collection[int], visitor_ids: Collection[int],
    person_ids: Collection[int] = (),
) -> Sequence[LineDialog]:  # fmt: skip
    """Dialogs of chats, visitors and persons, oldest first. Served by the indexes over chat_id and visitor_id."""
    wanted = [LineDialog.chat_id.in_(chat_ids), LineDialog.visitor_id.in_(visitor_ids)]
    if person_ids:
        wanted.append(LineDialog.person_id.in_(person_ids))
    query = select(LineDialog).where(LineDialog.installation_id == installation_id, or_(*wanted))
    return session.scalars(query.order_by(LineDialog.id)).all()


def dialogs_named(session: Session, installation_id: int, names: Collection[str]) -> dict[str, LineDialog]:
    """Dialogs by any name that the portal gives them: our key, or its number of the chat.

    Served by the unique key and by the index over im_chat_id.
    """
    numbers = {int(name) for name in names if name.isdecimal() and len(name) < 19}
    query = select(LineDialog).where(
        LineDialog.installation_id == installation_id,
        or_(LineDialog.chat_key.in_(names), LineDialog.im_chat_id.in_(numbers)),
    )
    found: dict[str, LineDialog] = {}
    for row in session.scalars(query):
        found[row.chat_key] = row
        if row.im_chat_id is not None:
            found.setdefault(str(row.im_chat_id), row)
    return found


def lively(session: Session, installation_id: int, since: datetime, limit: int = 500) -> Sequence[LineDialog]:
    """Dialogs that are open and whose chats were heard of lately. Served by the index over chat_id."""
    chat = (
        (Conversation.installation_id == LineDialog.installation_id)
        & (Conversation.kind == "chat")
        & (Conversation.source_id == LineDialog.chat_id)
    )
    query = (
        select(LineDialog)
        .join(Conversation, chat)
        .where(
            LineDialog.installation_id == installation_id, LineDialog.finished_at.is_(None),
            LineDialog.session_id.is_not(None), Conversation.updated_at >= since,
        )
        .order_by(Conversation.updated_at.desc())
        .limit(limit)
    )  # fmt: skip
    return session.scalars(query).all()


def by_ids(session: Session, ids: Collection[int]) -> dict[int, LineDialog]:
    """Dialogs by id. Served by the primary key."""
    return {row.id: row for row in session.scalars(select(LineDialog).where(LineDialog.id.in_(ids)))}


def rows(session: Session, installation_id: int) -> Sequence[OpenLine]:
    """The lines of a portal as they were seen last. Served by the unique key."""
    query = select(OpenLine).where(OpenLine.installation_id == installation_id)
    return session.scalars(query.order_by(OpenLine.line_id)).all()


def mark_if_ours(session: Session, installation_id: int, line_id: int, state: LineState) -> None:
    """The portal says so of a line where our connector is, or is to be. Served by the unique key."""
    ours = OpenLine.state.in_((LineState.ON, LineState.JOINING, LineState.STOPPED))
    session.execute(
        update(OpenLine)
        .where(OpenLine.installation_id == installation_id, OpenLine.line_id == line_id, ours)
        .values(state=state)
    )


def remember(session: Session, installation_id: int, line_id: int, name: str) -> None:
    """A line that was made just now, until the lines are read again."""
    row = {
        "installation_id": installation_id,
        "line_id": line_id,
        "name": name,
        "state": LineState.OFF,
        "live": {},
    }
    insert_ignoring(session, OpenLine, [row])


def wish(session: Session, installation_id: int, wanted: Collection[int]) -> None:
    """Our connector is to be on these lines and on no others. One that somebody stopped in the portal stays stopped."""
    new = [
        {
            "installation_id": installation_id,
            "line_id": number,
            "name": "",
            "state": LineState.OFF,
            "live": {},
        }
        for number in sorted(wanted)
    ]
    if new:
        insert_ignoring(session, OpenLine, new)
    joined = (LineState.JOINING, LineState.ON, LineState.STOPPED)
    for row in rows(session, installation_id):
        if row.line_id in wanted and row.state in (LineState.OFF, LineState.LEAVING):
            row.state, row.problem = LineState.JOINING, None
        elif row.line_id not in wanted and row.state in joined:
            row.state, row.problem = LineState.LEAVING, None
    session.flush()


def revive(session: Session, installation_id: int, known: Collection[int]) -> None:
    """A line that was deleted is there again, or its number is: what is wanted of it is begun anew."""
    gone = OpenLine.state == LineState.GONE
    session.execute(
        update(OpenLine)
        .where(OpenLine.installation_id == installation_id, OpenLine.line_id.in_(known), gone)
        .values(state=LineState.OFF)
    )


def disconnected(session: Session, installation_id: int) -> None:
    """Our connector works on no line any more, by nobody's wish: where it is wanted, it joins again.

    A line that somebody stopped stays stopped. Served by the unique key.
    """
    on = OpenLine.state == LineState.ON
    session.execute(
        update(OpenLine).where(OpenLine.installation_id == installation_id, on).values(state=LineState.OFF)
    )


def due(session: Session, installation_id: int, when: datetime) -> None:
    """The lines are to be looked at, at `when` at the latest."""
    insert_ignoring(session, LinesWork, [{"installation_id": installation_id, "attempts": 0}])
    later = or_(LinesWork.due_at.is_(None), LinesWork.due_at > when)
    session.execute(
        update(LinesWork).where(LinesWork.installation_id == installation_id, later).values(due_at=when)
    )


def due_portals(session: Session, now: datetime, limit: int = 20) -> Sequence[int]:
    """Portals whose lines are to be looked at and that nobody is at. Served by ix_lines_work_due_at."""
    query = (
        select(LinesWork.installation_id)
        .where(LinesWork.due_at <= now, or_(LinesWork.lease_until.is_(None), LinesWork.lease_until < now))
        .order_by(LinesWork.due_at)
        .limit(limit)
    )
    return session.scalars(query).all()


def take(session: Session, installation_id: int, now: datetime, until: datetime) -> bool:
    """Take the lease on a portal's lines; False when somebody is at it. Losing the race is normal."""
    insert_ignoring(session, LinesWork, [{"installation_id": installation_id, "attempts": 0}])
    free = or_(LinesWork.lease_until.is_(None), LinesWork.lease_until < now)
    query = update(LinesWork).where(LinesWork.installation_id == installation_id, free)
    return changed(session, query.values(lease_until=until)) == 1
