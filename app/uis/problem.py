"""A problem of UIS as it is stored, and its words when somebody looks."""

from functools import partial

from app.base import problems
from app.base.texts import text
from app.uis.errors import UisError


def as_problem(error: UisError) -> str:
    """See `app.base.problems.stored`."""
    return problems.stored(error.code, error.params)


def problem_words(problem: str | None, lang: str | None) -> str | None:
    """The stored problem for an administrator; a code without words is shown as it is."""
    return problems.in_words(problem, partial(text, lang=lang), "uis.error") if problem else None
