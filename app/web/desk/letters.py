"""Letters of operators as rows of a conversation."""

from collections.abc import Mapping
from typing import Any

from app.domain.mail import LetterState
from app.storage.models import OutboxRow
from app.web.desk.problems import problem_words
from app.web.desk.rights import Desk
from app.web.desk.rows import Names

STATES = {LetterState.WAITING: "waiting", LetterState.SENT: "sending"}
TROUBLED = (LetterState.FAILED, LetterState.IN_DOUBT)


def letter_row(row: OutboxRow, here: Desk, people: Names, quote: Mapping[str, Any] | None) -> dict[str, Any]:
    """`LetterRow`."""
    again = row.look_at if row.state == LetterState.WAITING and row.problem else None
    return {
        "id": row.id,
        "key": row.body.get("page_key"),
        "kind": "start" if row.body.get("contact") else row.kind,
        "author": people.user(row.author_id),
        "mine": row.author_id == here.person.user_id,
        "text": str(row.body.get("text") or ""),
        "at": row.created_at.isoformat(),
        "state": STATES.get(LetterState(row.state), row.state),
        "message_id": row.remote_id,
        "problem": problem_words(row, here.lang),
        "again_at": again.isoformat() if again else None,
        "file": _file(row),
        "quote": quote,
        "to": _to(row),
        "may_send_again": row.state in TROUBLED,
    }


def _file(row: OutboxRow) -> dict[str, Any] | None:
    files = row.body.get("files") or []
    if not files:
        return None
    resource = files[0].get("resource") or {}
    return {"name": files[0].get("name") or resource.get("name") or "", "size": resource.get("size")}


def _to(row: OutboxRow) -> str | None:
    """To whom a first message goes."""
    return next(iter((row.body.get("contact") or {}).values()), None)
