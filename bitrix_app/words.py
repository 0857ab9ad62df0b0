"""A failed call in words: kept as a code with parameters, told in the language of whoever looks."""

from collections.abc import Mapping
from typing import Any

from app.base.texts import catalogue, text
from bitrix_app.errors import BitrixError, Parked, Rejected


def problem_of(error: BitrixError) -> dict[str, Any]:
    """`{"code", "params"}` of a text `install.text.<code>`; can be stored as JSON."""
    if isinstance(error, Parked):
        return {"code": f"parked_{error.reason}", "params": {}}
    if isinstance(error, Rejected):
        return {"code": "refused", "params": {"reason": error.code, "words": error.text[:300]}}
    return {"code": "away", "params": {}}


def words_of(problem: Mapping[str, Any], lang: str | None) -> str:
    """The text of a stored problem; an unknown code is shown as it is."""
    key = f"install.text.{problem['code']}"
    return text(key, lang, **problem["params"]) if key in catalogue("en") else str(problem["code"])
