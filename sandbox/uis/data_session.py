"""Keys and sessions of the Data API: login.user, logout.user and the check of `access_token`."""

import secrets
from collections.abc import Callable
from typing import Any

from sandbox.uis.data_errors import DataError
from sandbox.uis.offline import Uis


def check_token(uis: Uis, token: Any) -> None:
    """Raises DataError unless `token` is a permanent key or a living session."""
    if token is None:
        raise DataError("required_parameter_missed", "access_token")
    if not isinstance(token, str):
        raise DataError("data_type_error", "access_token")
    if token in uis.blocked_keys:
        raise DataError("access_token_blocked")
    if token in uis.expired_keys:
        raise DataError("access_token_expired")
    if token not in uis.data_keys and uis.data_sessions.get(token, 0) <= uis.clock.now():
        raise DataError("access_token_invalid")


def login(uis: Uis, params: dict[str, Any]) -> dict[str, Any]:
    """login.user: a session of one hour."""
    if (params["login"], params["password"]) != (uis.login, uis.password):
        raise DataError("auth_error")
    token = secrets.token_hex(24)
    expires = uis.clock.now() + uis.session_lifetime_s
    uis.data_sessions[token] = expires
    return {"access_token": token, uis.login_expiry_key: int(expires), "app_id": uis.app_id}


def logout(uis: Uis, params: dict[str, Any]) -> dict[str, Any]:
    """logout.user: forgets a session; permanent keys stay."""
    check_token(uis, params["access_token"])
    uis.data_sessions.pop(params["access_token"], None)
    return {}


SESSION_METHODS: dict[str, Callable[[Uis, dict[str, Any]], dict[str, Any]]] = {
    "login.user": login,
    "logout.user": logout,
}
