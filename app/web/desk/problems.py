"""Why a letter did not arrive, in words for operators."""

from app.base.texts import catalogue, text
from app.domain.mail import LetterState
from app.storage.models import OutboxRow


def problem_words(row: OutboxRow, lang: str) -> str | None:
    """The problem of a letter: ours by its code, a vendor's as it came; None while nothing is wrong."""
    if row.state == LetterState.IN_DOUBT:
        return text("desk.in_doubt", lang)
    if not row.problem:
        return None
    code, _, said = row.problem.partition(":")
    key = f"desk.problem.{code.strip()}"
    if key in catalogue("en"):
        return text(key, lang, words=said.strip())
    return row.problem
