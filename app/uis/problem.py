"""A problem as it is stored (code and parameters), and its words when somebody looks."""

import json

from app.base.texts import catalogue, text
from app.uis.errors import UisError


def as_problem(error: UisError) -> str:
    """`code`, or `code {"name": value}` where the words have parameters."""
    return f"{error.code} {json.dumps(error.params, ensure_ascii=False)}" if error.params else error.code


def problem_words(problem: str | None, lang: str | None) -> str | None:
    """The stored problem for an administrator; a code without words is shown as it is."""
    if not problem:
        return None
    code, _, params = problem.partition(" ")
    if f"uis.error.{code}" not in catalogue("en"):
        return problem
    return text(f"uis.error.{code}", lang, **(json.loads(params) if params else {}))
