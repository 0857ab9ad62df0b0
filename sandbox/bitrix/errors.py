"""Errors as the portal answers them."""

from typing import Any


class RestError(Exception):
    """`error` and `error_description` of a REST answer with its HTTP status (Bitrix24: error-codes)."""

    def __init__(self, code: str | int, description: str, status: int = 400, **extra: Any) -> None:
        super().__init__(f"{code}: {description}")
        self.code = str(code)
        self.description = description
        self.status = status
        self.extra = extra

    def as_json(self) -> dict[str, Any]:
        """The body (also the value of `result_error[key]` in a batch)."""
        return {"error": self.code, "error_description": self.description, **self.extra}


def access_denied(text: str = "Access denied!", status: int = 403) -> RestError:
    """No right to this action."""
    return RestError("ACCESS_DENIED", text, status)


def not_found(text: str = "Not found.") -> RestError:
    """The element does not exist."""
    return RestError("NOT_FOUND", text)


def app_context_required() -> RestError:
    """A webhook called a method of applications."""
    return RestError(
        "WRONG_AUTH_TYPE",
        "Current authorization type is denied for this method Application context required",
        403,
    )
