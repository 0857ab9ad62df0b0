"""What UIS can answer instead of what was asked, as tables; every code has words in both catalogues.

Data API: "Обработка ошибок" (branch on `mnemonic`, codes are shared). The Chat API documents no error bodies.
"""

from collections.abc import Mapping
from typing import Any

import requests

from app.base.texts import text


class UisError(Exception):
    """UIS did not do it. `code`: key of the words (`uis.error.<code>`); nothing secret is in `params`.

    `mnemonic`, `field`: of a Data API error, else empty.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params = params
        self.mnemonic = ""
        self.field = ""

    def words(self, lang: str | None) -> str:
        """The problem and what to do about it, for an administrator."""
        return text(f"uis.error.{self.code}", lang, **self.params)


class NoAnswer(UisError):
    """No answer that says whether it was done. `sent` is False when the request certainly never arrived."""

    def __init__(self, host: str, *, sent: bool = True) -> None:
        super().__init__("no_answer", host=host)
        self.sent = sent


class Limited(UisError):
    """Data API points have run out; nothing was done. `after`: seconds until they are back."""

    def __init__(self, after: float) -> None:
        super().__init__("limit_exceeded", after=int(after))
        self.after = after


class TooMany(UisError):
    """More rows than pages reach: `offset` is at most 100,000. Data API: basics."""

    def __init__(self) -> None:
        super().__init__("too_many_rows")


class SessionOver(UisError):
    """The token of the personal account or of the adapter is not accepted (any more)."""

    def __init__(self) -> None:
        super().__init__("session_expired")


# Mnemonics of the Data API -> our code. `retry` below says which of them pass by themselves.
MNEMONICS: dict[str, str] = {
    "access_token_invalid": "key_invalid",
    "access_token_expired": "key_expired",
    "access_token_blocked": "key_blocked",
    "auth_error": "key_invalid",
    "ip_not_whitelisted": "ip_not_whitelisted",
    "forbidden": "no_permission",
    "method_component_disabled": "component_missing",
    "parameter_component_disabled": "component_missing",
    "account_inactive": "account_inactive",
    "tariff_restrictions": "tariff",
    "internal_error": "internal_error",
    "limit_exceeded": "limit_exceeded",
}
# Faults of ours: the request had a shape that UIS does not know.
OUR_MISTAKES = frozenset(
    {
        "required_parameter_missed", "invalid_parameter_value", "data_type_error", "unexpected_parameters",
        "invalid_parameters_combination", "filter_prohibited", "sort_prohibited", "date_interval_limit_reached",
        "invalid_request", "method_not_found", "parse_error", "batch_opreations_not_supported",
        "notifications_not_supported",
    }
)  # fmt: skip
PASSING = frozenset({"internal_error", "limit_exceeded", "no_answer", "unexpected_answer"})
"""Codes that may be gone at the next attempt; the others wait for a person."""


def data_error(error: Mapping[str, Any], limits: Mapping[str, Any]) -> UisError:
    """The exception for `error` of a Data API answer; an unknown mnemonic keeps its words in the text."""
    data = error.get("data") if isinstance(error.get("data"), dict) else {}
    assert isinstance(data, dict)
    found = _named(error, data, limits)
    found.mnemonic, found.field = str(data.get("mnemonic") or ""), str(data.get("field") or "")
    return found


def _named(error: Mapping[str, Any], data: Mapping[str, Any], limits: Mapping[str, Any]) -> UisError:
    mnemonic = str(data.get("mnemonic") or "")
    params = data["params"] if isinstance(data.get("params"), dict) else {}
    code = MNEMONICS.get(mnemonic)
    if code == "limit_exceeded":
        return Limited(_reset(params, limits))
    if code == "ip_not_whitelisted":
        return UisError(code, ip=params.get("ip") or data.get("value") or "?")
    if code == "component_missing":
        return UisError(code, components=_components(params, str(error.get("message") or "")))
    if code is not None:
        return UisError(code)
    problem = ": ".join(str(part) for part in (mnemonic, data.get("field"), error.get("message")) if part)
    return UisError("our_mistake" if mnemonic in OUR_MISTAKES else "refused", problem=problem or "?")


def _reset(params: Mapping[str, Any], limits: Mapping[str, Any]) -> float:
    by_day = params.get("limit_type") == "day" or limits.get("day_remaining") == 0
    return float(limits.get("day_reset" if by_day else "minute_reset") or 60)


def _components(params: Mapping[str, Any], message: str) -> str:
    named = params.get("components")
    if isinstance(named, list):
        return ", ".join(str(name) for name in named)
    return str(named) if named else message.partition(": ")[2] or "?"


def refusal(response: requests.Response) -> str:
    """What UIS says in an undocumented error body, short; the status when it says nothing."""
    try:
        body = response.json()
    except ValueError:
        body = None
    for name in ("detail", "message", "error", "description"):
        said = body.get(name) if isinstance(body, dict) else None
        if isinstance(said, dict):
            said = said.get("message")
        if said:
            return str(said)[:300]
    return f"HTTP {response.status_code}"
