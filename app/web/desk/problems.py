"""Why a letter did not arrive, in words for operators."""

from functools import partial

from app.base.problems import in_words
from app.base.texts import text
from app.domain.mail import LetterState
from app.storage.models import OutboxRow

AREAS = ("letter.problem", "uis.error")


def problem_words(row: OutboxRow, lang: str) -> str | None:
    """The problem of a letter: by its code, a vendor's words as they came; None while nothing is wrong."""
    if row.state == LetterState.IN_DOUBT:
        return text("desk.in_doubt", lang)
    return in_words(row.problem, partial(text, lang=lang), *AREAS) if row.problem else None
