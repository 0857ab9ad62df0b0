"""What is wrong with an order, in words at its field."""

from app.base.texts import text
from app.web.problems import Problem, lang


def wrong(field: str, code: str, **params: object) -> Problem:
    """422: the text `desk.<code>` for one field, as the detail of the whole too."""
    words = text(f"desk.{code}", lang(), **params)
    return Problem(422, "not_valid", detail=words, errors=[{"field": field, "message": words}])
