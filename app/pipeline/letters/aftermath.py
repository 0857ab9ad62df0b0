"""What follows the end of a letter, in the transaction that records it. See `app.pipeline.letters.exits.Mail`.

Only rows of the mail lane, dialogs and the inbox are touched: the row of the main lane is locked before this lane's,
never after it. What is stored in the inbox is taken in by this lane's next round.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.letters import Post
from app.domain.mail import Exit, Kind, LetterState
from app.pipeline.desk import begun, robots
from app.pipeline.open_lines import notices as line_notices
from app.pipeline.open_lines.book import address
from app.storage.models import Installation, LineDialog, OutboxRow
from app.storage.queries import inbox, outbox


def settled(session: Session, row: OutboxRow, now: datetime) -> None:
    """Remember what the other side calls it, take in what UIS answered, tell the operators what they must know."""
    if row.exit == Exit.LINE:
        _in_line(session, row, now)
    elif row.exit == Exit.UIS:
        _at_uis(session, row, now)
    robots.settled(session, row, now)


def _in_line(session: Session, row: OutboxRow, now: datetime) -> None:
    dialog = _dialog(session, row)
    if dialog is None or row.state != LetterState.DONE:
        return
    if row.kind == Kind.MESSAGE and row.body["line"] == dialog.line_id:
        _learn_session(dialog, row.result)
    elif row.kind == Kind.FINISH:
        if row.result.get("finished"):
            dialog.finished_at = now
        else:
            _tell(session, row, now, line_notices.closed_there)


def _learn_session(dialog: LineDialog, result: Mapping[str, Any]) -> None:
    """A session that is newer than the known one means that the dialog goes on, whatever ended before."""
    session_id, chat_id = result.get("session_id"), result.get("im_chat_id")
    if not session_id or not chat_id or session_id < (dialog.session_id or 0):
        return
    if session_id != dialog.session_id:
        dialog.finished_at = None
    dialog.session_id, dialog.im_chat_id = session_id, chat_id


def _at_uis(session: Session, row: OutboxRow, now: datetime) -> None:
    for event in row.result.get("events") or ():
        _store(session, row.installation_id, event, now)
    begun.note(session, row, now)
    row.result = {name: held for name, held in row.result.items() if name != "events"}
    if row.kind == Kind.MESSAGE and row.body.get("im"):
        if row.state == LetterState.FAILED:
            _tell(session, row, now, line_notices.failed)
        elif row.state == LetterState.IN_DOUBT:
            _tell(session, row, now, line_notices.doubted)
        elif row.result.get("cleared"):
            _tell(session, row, now, line_notices.cleared)


def _store(session: Session, installation_id: int, event: Mapping[str, Any], now: datetime) -> None:
    """An answer of UIS in the form of its callback, for the road that callbacks take."""
    body = json.dumps(event["body"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    arrival = inbox.Arrival(
        installation_id=installation_id, source="uis", kind=event["kind"], dedup_key=event["key"],
        body=body.encode("utf-8", "replace"), now=now,
    )  # fmt: skip
    inbox.store(session.connection(), arrival)


def _tell(session: Session, row: OutboxRow, now: datetime, make: line_notices.Make) -> None:
    dialog = _dialog(session, row)
    if dialog is None:
        return
    lang = session.get_one(Installation, row.installation_id).lang
    notice = make(row, address(dialog), say=partial(text, lang=lang))
    post(session, row, notice, now)


def post(session: Session, row: OutboxRow, letter: Post, now: datetime) -> None:
    """Post a letter that concerns the conversation of another one."""
    outbox.post(session, row.installation_id, [letter.row() | {"conversation_id": row.conversation_id}], now)


def _dialog(session: Session, row: OutboxRow) -> LineDialog | None:
    number = row.body.get("dialog")
    return session.get(LineDialog, number) if number else None
