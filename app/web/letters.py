"""Messages between UIS and open lines, as the journal shows them with their conversation."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from app.base.problems import in_words
from app.base.texts import text
from app.domain.mail import Kind, LetterState
from app.pipeline.open_lines.notices import AREAS, TAKEN_BACK, excerpt
from app.storage.models import OutboxRow
from app.storage.queries import outbox
from app.storage.queries.counted import changed

SET_ASIDE = "set_aside"
STOPPED = (TAKEN_BACK, SET_ASIDE)
"""Problems of letters that did not leave because a person wanted it so: nothing is wrong with them."""
_TO = {"line": "line", "uis": "client", "portal": "portal"}
SHOWN = (LetterState.FAILED, LetterState.IN_DOUBT, LetterState.WAITING, LetterState.SENT)


def summary(rows: Iterable[OutboxRow], lang: str) -> dict[str, Any]:
    """`{"to_line", "to_client": how many arrived, "open": [...]}`; `open` are those that did not, in words."""
    rows = list(rows)
    done = [row.exit for row in rows if row.state == LetterState.DONE and row.kind == Kind.MESSAGE]
    return {
        "to_line": done.count("line"),
        "to_client": done.count("uis"),
        "open": [_open(row, lang) for row in rows if row.state in SHOWN],
    }


def _open(row: OutboxRow, lang: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "to": _TO.get(row.exit, row.exit),
        "kind": row.kind,
        "state": "waiting" if row.state == LetterState.SENT else row.state,
        "text": _said(row),
        "outcome": text(f"letter.state.{row.state}", lang),
        "problem": problem(row.problem, lang),
        "at": row.created_at.isoformat(),
    }


def _said(row: OutboxRow) -> str:
    element = row.body.get("element") or {}
    words = element.get("message", {}).get("text")
    return " ".join(str(words).split())[:80] if words else excerpt(row)


def problem(stored: str | None, lang: str) -> str | None:
    """What is wrong with a letter, in words."""
    if not stored:
        return None
    if stored.startswith("internal"):
        return text("journal.problem.internal", lang)
    return in_words(stored, partial(text, lang=lang), *AREAS)


def again(session: Session, installation_id: int, conversation_ids: Collection[int], now: datetime) -> int:
    """Refused letters of conversations leave again; what is in doubt does not, nor what its author took back."""
    return _again(session, installation_id, OutboxRow.conversation_id.in_(conversation_ids), now)


def these_again(session: Session, installation_id: int, ids: Collection[int], now: datetime) -> int:
    """The same, of letters by their ids."""
    return _again(session, installation_id, OutboxRow.id.in_(ids), now)


def _again(session: Session, installation_id: int, which: ColumnElement[bool], now: datetime) -> int:
    failed = (
        (OutboxRow.installation_id == installation_id)
        & which
        & (OutboxRow.state == LetterState.FAILED)
        & OutboxRow.problem.is_distinct_from(TAKEN_BACK)
    )
    return len(outbox.reopen(session, failed, now))


def set_aside(session: Session, installation_id: int, now: datetime) -> int:
    """Letters that wait do not leave when Main is switched on again; by hand they may."""
    query = update(OutboxRow).where(
        OutboxRow.installation_id == installation_id, OutboxRow.state == LetterState.WAITING
    )
    return changed(session, query.values(state=LetterState.FAILED, problem=SET_ASIDE, settled_at=now))
