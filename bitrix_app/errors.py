"""What an answer of Bitrix24 means for us. Tables by code; an unknown code fails loudly and is kept in the text.

Bitrix24: error-codes, settings/oauth/error-codes, _includes/system-errors. A code is compared in lower case, then
the HTTP status counts, then the content type: one 401 or 403 has many meanings.
"""

from collections.abc import Mapping
from typing import Any

import requests

from bitrix_app.limits.silence import FIRST_S


class BitrixError(Exception):
    """Something other than a result came from Bitrix24. The text never holds tokens."""


class TokenExpired(BitrixError):
    """The access token is over: refresh, then say it again."""


class TokenInvalid(BitrixError):
    """The access token is not known (any more): somebody else may have refreshed it."""


class Later(BitrixError):
    """Nothing was done; may be sent again after `after` seconds. Does not count as an attempt."""

    def __init__(self, reason: str, after: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class RateLimited(Later):
    """QUERY_LIMIT_EXCEEDED, or our own limiter found no room in time."""


class MethodLimited(Later):
    """OPERATION_TIME_LIMIT: this method is over its time; others work. `after`: seconds until it is free."""

    def __init__(self, method: str, after: float) -> None:
        super().__init__(f"{method}: OPERATION_TIME_LIMIT", after)
        self.method = method
        self.reset_at: float | None = None  # unix seconds, when the answer told


class Parked(BitrixError):
    """The portal cannot be called until somebody acts. `reason`: code of a text, `probe_after`: seconds."""

    def __init__(self, reason: str, probe_after: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.probe_after = probe_after


class Rejected(BitrixError):
    """Refused for good: `code` and `text` of Bitrix24. Retryable by hand."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code
        self.text = text


class UserRefused(Rejected):
    """This user may not (dismissed, no rights, no access to the application): another user's token may."""


class NoAnswer(BitrixError):
    """No answer that says whether it was done. `sent`: False when the request never reached the server.

    `after`: seconds to leave the portal alone.
    """

    def __init__(self, reason: str, *, sent: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.after = FIRST_S


def pause_of(error: BitrixError) -> tuple[str, float, bool]:
    """Of an error of a whole request that says that nothing was done: its reason, for how many seconds to leave the
    portal alone, and whether it is parked until somebody acts."""
    if isinstance(error, Later):
        return error.reason, max(error.after, 0.5), False
    if isinstance(error, Parked):
        return error.reason, error.probe_after, True
    if isinstance(error, NoAnswer):
        return error.reason, error.after, False
    return str(error), 60.0, False


class Moved(BitrixError):
    """The portal answers with a redirect: it has a new address, which only the authorization server may tell."""


HOUR = 3600.0
PROBE_SLOWLY = 6 * HOUR

_USER_REFUSED = {"access_denied", "invalid_credentials", "user_access_error", "authorization_error"}
_PARKED = {
    "overload_limit": ("overload", HOUR),
    "payment_required": ("payment", PROBE_SLOWLY),
    "not_installed": ("not_installed", 24 * HOUR),
    "application_not_found": ("not_installed", 24 * HOUR),
    "error_oauth": ("not_installed", 24 * HOUR),
    "portal_deleted": ("portal_deleted", PROBE_SLOWLY),
    "invalid_client": ("client", HOUR),
    "wrong_client": ("client", HOUR),
}
_UNKNOWN_OUTCOME = {"internal_server_error", "error_unexpected_answer"}
_COMMERCIAL = ("commercial", "коммерческ")


def refusal_in(result: Any) -> Rejected | None:
    """What is refused with status 200: `false`, or a map that says so (imconnector-register, placement-bind)."""
    if result is False:
        return Rejected("result_false")
    if isinstance(result, Mapping) and result.get("result") is False:
        return Rejected(
            str(result.get("error") or "result_false"), str(result.get("error_description") or "")
        )
    return None


def classify(code: str, text: str, method: str = "") -> BitrixError:
    """The meaning of an `error` with its `error_description`."""
    key = code.strip().lower()
    if key == "expired_token":
        return TokenExpired(code)
    if key in {"invalid_token", "no_auth_found"}:
        return TokenInvalid(code)
    if key == "query_limit_exceeded":
        return RateLimited(code, 1.0)
    if key == "operation_time_limit":
        return MethodLimited(method, 60.0)
    if key == "access_denied" and any(word in text.lower() for word in _COMMERCIAL):
        return Parked("plan", PROBE_SLOWLY)
    if key in _USER_REFUSED:
        return UserRefused(code, text)
    if key in _PARKED:
        return Parked(*_PARKED[key])
    if key in _UNKNOWN_OUTCOME:
        return NoAnswer(code)
    return Rejected(code, text)


def read(response: requests.Response, method: str = "") -> dict[str, Any]:
    """The JSON of an answer that holds a result. Raises a BitrixError for everything else."""
    if response.status_code in {301, 302, 303, 307, 308}:
        raise Moved(f"http {response.status_code}")
    try:
        payload = response.json()
    except ValueError:
        raise _without_json(response) from None
    if not isinstance(payload, dict):
        raise NoAnswer(f"http {response.status_code}: not an object")
    if payload.get("error"):
        error = classify(str(payload["error"]), str(payload.get("error_description") or ""), method)
        if isinstance(error, MethodLimited):
            error.reset_at = reset_of(payload)
        raise error
    if response.status_code >= 400:
        raise _without_json(response)
    return payload


def reset_of(answer: Mapping[str, Any]) -> float | None:
    """`time.operating_reset_at` of an answer, unix seconds: when the sum of this method's times goes down."""
    return time_of(answer, "operating_reset_at")


def time_of(answer: Mapping[str, Any], name: str) -> float | None:
    """A number of the `time` of an answer (Bitrix24: data-types#time); None when it is not told."""
    times = answer.get("time")
    value = times.get(name) if isinstance(times, Mapping) else None
    return float(value) if isinstance(value, int | float) else None


def _without_json(response: requests.Response) -> BitrixError:
    if response.status_code == 429:
        return RateLimited("http 429", 1.0)
    return NoAnswer(f"http {response.status_code} without a readable answer")
