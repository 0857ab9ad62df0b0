"""A problem as it is stored (a code with parameters), and its words when somebody looks."""

import json
from collections.abc import Callable, Mapping

from app.base.texts import catalogue


def stored(code: str, params: Mapping[str, object] | None = None) -> str:
    """`code`, or `code {"name": value}` where the words have parameters."""
    return f"{code} {json.dumps(params, ensure_ascii=False)}" if params else code


def in_words(problem: str, say: Callable[..., str], *areas: str) -> str:
    """The text `<area>.<code>` of the first area that has one, said by `say(key, **params)`; a code without words is
    shown as it is."""
    code, _, params = problem.partition(" ")
    for area in areas:
        if f"{area}.{code}" in catalogue("en"):
            return say(f"{area}.{code}", **_params(params))
    return problem


def _params(kept: str) -> dict[str, object]:
    try:
        found = json.loads(kept) if kept else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
