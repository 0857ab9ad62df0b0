"""Is this Data API key good for what we read? Asked before anything is joined.

Data API: `get.account`, `get.chats_report`, `getobj.account`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.storage.services import Services
from app.uis.data import Answer, ask
from app.uis.errors import NoAnswer, UisError
from app.uis.reports.chat_rows import local, zone

ANOTHER_INTEGRATION = "another_integration"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """What a good key says: client in UIS, IANA zone of report times, warnings as codes."""

    app_id: int | None
    timezone: str
    warnings: tuple[str, ...]
    limits: Mapping[str, Any]


def check_key(services: Services, project: str, key: str) -> KeyFacts:
    """Raises UisError in words for administrators (key, allow-list, component, rights), NoAnswer, Limited."""
    account = _account(ask(services, project, key, "get.account", {}))
    timezone = str(account.get("timezone") or "Europe/Moscow")
    now, tz = services.clock.now(), zone(timezone)
    window = {"date_from": local(now - timedelta(minutes=1), tz), "date_till": local(now, tz), "limit": 1}
    last = ask(services, project, key, "get.chats_report", {**window, "fields": ["id"]})
    crm_type = _crm_type(services, project, key)
    app_id = account.get("app_id")
    return KeyFacts(
        app_id=app_id if isinstance(app_id, int) else None, timezone=timezone, limits=last.limits,
        warnings=(ANOTHER_INTEGRATION,) if crm_type == "bitrix" else (),
    )  # fmt: skip


def _account(answer: Answer) -> dict[str, Any]:
    rows = answer.data if isinstance(answer.data, list) else [answer.data]
    return rows[0] if rows and isinstance(rows[0], dict) else {}


def _crm_type(services: Services, project: str, key: str) -> str | None:
    """The CRM that the account is joined to by UIS's own integration; None when it may not be asked.

    The method needs a component of its own: without it the warning is left out, nothing else depends on it.
    """
    try:
        data = ask(services, project, key, "getobj.account", {}).data
    except NoAnswer:
        raise
    except UisError as error:
        if error.code in {"component_missing", "no_permission", "our_mistake"}:
            return None
        raise
    kind = data.get("crm_type") if isinstance(data, dict) else None
    return str(kind).lower() if kind else None
