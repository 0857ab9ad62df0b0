"""Finding sessions: from the entities that events told of, and from the list of activities, which misses none."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.crm import Kind
from app.domain.dialogs import DialogState, EntityRef, Found, Reason, UserCode
from app.pipeline.analytics.desk import Round
from app.pipeline.analytics.sides import Listed, Looked
from app.pipeline.asking import halved
from app.pipeline.crm_side import LookupRefused
from app.rules.analytics.dialogs import is_own
from app.storage.models import AnalyticsDialog, AnalyticsHint
from app.storage.queries import analytics

HINTS = 50
OPEN_ASKED = 500
SURE_AFTER = timedelta(hours=1)
"""Activities younger than this are read again: their numbers need not have become visible in order."""


def look_into_hints(round_: Round) -> int:
    """Entities whose time has come; how many were looked into. Raises CrmAway."""
    now = round_.now()
    with round_.services.sessions() as session:
        hints = analytics.due_hints(session, round_.view.id, now, HINTS)
        entities = [EntityRef(hint.kind, hint.entity_id) for hint in hints]
    if not entities:
        return 0
    looked = halved(round_.lines.dialogs_of, entities)
    with round_.writing() as session:
        for hint, found in zip(hints, looked, strict=True):
            _settle(round_, session, session.get_one(AnalyticsHint, hint.id), _answer(found))
    return len(entities)


def _answer(found: Looked | LookupRefused) -> Looked:
    return Looked("refused") if isinstance(found, LookupRefused) else found


def _settle(round_: Round, session: Session, hint: AnalyticsHint, looked: Looked) -> None:
    now = round_.now()
    keep(round_, session, looked.sessions, hint.via)
    if looked.outcome != "no_dialog" or hint.looks >= len(round_.rhythm.hint_looks):
        hint.outcome, hint.due_at = looked.outcome, None
        return
    hint.due_at = now + round_.rhythm.hint_looks[hint.looks]
    hint.looks += 1


def read_list(round_: Round) -> int:
    """Activities of all sessions since analytics is on; how many sessions were new. Raises CrmAway."""
    now, known = round_.now(), round_.view.work
    if known.since is None or (known.list_due_at is not None and known.list_due_at > now):
        return 0
    cursor, fresh, more = known.cursor, 0, True
    while more:
        listed = round_.lines.sessions_since(cursor, known.since)
        with round_.writing() as session:
            fresh += keep(round_, session, listed.sessions, "list")
        cursor, more = listed.last, listed.more
        _remember(round_, listed, now)
    closed = _note_finished(round_)
    with round_.noting() as row:
        row.list_due_at, row.listed_at = now + round_.rhythm.list_every, now
    return fresh + closed


def _remember(round_: Round, listed: Listed, now: datetime) -> None:
    """The next reading begins behind what is old enough to be complete."""
    sure = [
        one.activity_id for one in listed.sessions if one.started_at and one.started_at <= now - SURE_AFTER
    ]
    with round_.noting() as row:
        row.cursor = max([row.cursor, *sure])


def _note_finished(round_: Round) -> int:
    """Sessions that still go on with us and are closed in the portal are read at once."""
    with round_.services.sessions() as session:
        numbers = list(analytics.open_sessions(session, round_.view.id, OPEN_ASKED))
    closed = round_.lines.finished(numbers) if numbers else set()
    if not closed:
        return 0
    with round_.writing() as session:
        return analytics.finish(session, round_.view.id, closed, round_.now())


def keep(round_: Round, session: Session, sessions: Iterable[Found], via: str) -> int:
    """Note sessions; of those that are known what was not known of them. Returns how many are new."""
    found = {one.session_id: one for one in sessions}
    known = analytics.by_sessions(session, round_.view.id, found.keys())
    for number, row in known.items():
        _complete(row, found[number], via, round_.now())
    own = round_.lines.own_connectors
    fresh = [one for number, one in found.items() if number not in known and not is_own(one.user_code, own)]
    return analytics.add(session, [_row(round_, one, via) for one in fresh])


def _complete(row: AnalyticsDialog, found: Found, via: str, now: datetime) -> None:
    for kind, number in found.crm.items():
        name = f"{kind}_id"
        if getattr(row, name) is None:
            setattr(row, name, number)
    if via != "list" and row.reason == Reason.KIND_OFF:
        # The portal's own webhook tells of a kind that our subscription leaves out.
        row.state, row.reason, row.due_at, row.via = DialogState.FOUND, None, now, via


def _row(round_: Round, found: Found, via: str) -> dict[str, Any]:
    view, now = round_.view, round_.now()
    code = UserCode.read(found.user_code)
    started = found.started_at or now
    due = now if found.finished or found.started_at is None else max(now, started + view.idle)
    return {
        "installation_id": view.id, "session_id": found.session_id, "user_code": found.user_code[:255],
        "connector": code.connector[:64] if code else "", "line_id": code.line_id if code else 0, "via": via,
        "day": view.day(started), "started_at": started, "finished": found.finished, "created_at": now,
        "state": DialogState.FOUND, "due_at": due,
    } | {f"{kind}_id": found.crm.get(kind) for kind in Kind}  # fmt: skip


def settle_unheard(session: Session, installation_id: int, now: datetime) -> None:
    """Analytics is off: what events tell of meanwhile is left alone, also later."""
    hints: Sequence[AnalyticsHint] = analytics.due_hints(session, installation_id, now, HINTS)
    while hints:
        for hint in hints:
            hint.outcome, hint.due_at = "off", None
        session.flush()
        hints = analytics.due_hints(session, installation_id, now, HINTS)
