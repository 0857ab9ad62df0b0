"""Methods about the portal, the application and notifications."""

import re
from typing import Any

from sandbox.bitrix import table
from sandbox.bitrix.call import METHODS, Call, method
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.records import Notification

FEATURES = {"rest_offline_extended": "Y", "rest_auth_connector": "Y"}


@method("app.info")
def app_info(call: Call) -> dict[str, Any]:
    """Bitrix24: common/system/app-info; the numbers of an own portal, not the trusted ones."""
    if call.client_id is None:
        raise RestError("ACCESS_DENIED", "Access denied! Application context required", 400)
    found = call.portal.installation
    assert found is not None
    return {
        "ID": 1,
        "CODE": call.portal.world.card.code,
        "VERSION": found.version,
        "STATUS": found.status,
        "INSTALLED": found.finished,
        "PAYMENT_EXPIRED": "Y" if found.payment_expired else "N",
        "DAYS": found.days,
        "LANGUAGE_ID": call.portal.language,
        "LICENSE": call.portal.license,
        "LICENSE_TYPE": call.portal.license.partition("_")[2],
        "LICENSE_FAMILY": re.sub(r"\d", "", call.portal.license.partition("_")[2]),
    }


@method("scope")
def scope(call: Call) -> list[str]:
    """What the token may do, or everything there is."""
    if call.flag("full"):
        return sorted({str(about["scope"]) for about in table.table().values()} - {"basic"})
    return sorted(call.scope)


@method("method.get")
def method_get(call: Call) -> dict[str, bool]:
    """Whether a method exists here and is open to the token."""
    name = table.names().get(str(call.get("name", "")).lower())
    exists = name is not None and (name in METHODS or name == "batch")
    return {
        "isExisting": exists,
        "isAvailable": name is not None and exists and table.open_to(name, call.scope),
    }


@method("server.time")
def server_time(call: Call) -> str:
    """The portal's time."""
    return call.portal.iso()


@method("feature.get")
def feature_get(call: Call) -> dict[str, str]:
    """Bitrix24: common/system/feature-get."""
    return {"value": FEATURES.get(str(call.get("CODE")), "N")}


@method("app.option.get")
def option_get(call: Call) -> Any:
    """One option (null when unknown), or all of them."""
    _app_only(call)
    name = call.get("option")
    return (call.portal.options or []) if name in (None, "") else call.portal.options.get(str(name))


@method("app.option.set")
def option_set(call: Call) -> bool:
    """Store options; administrators only."""
    _app_only(call)
    if not call.user.admin:
        raise RestError("AccessException", "Administrator authorization required")
    options = call.object("options")
    if not options:
        raise RestError("ArgumentNullException", "options is empty")
    call.portal.options |= options
    return True


def _app_only(call: Call) -> None:
    if call.client_id is None:
        raise RestError("AccessException", "Application context required")


@method("im.notify", "im.notify.personal.add", "im.notify.system.add")
def notify(call: Call) -> int:
    """A notification; one with the same TAG for the same user is replaced (Bitrix24: chats/notifications)."""
    user_id = call.integer("USER_ID")
    text = str(call.get("MESSAGE", ""))
    if user_id <= 0 or user_id not in call.portal.users:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if not text.strip():
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    tag = str(call.get("TAG", ""))
    rows = call.portal.notifications
    rows[:] = [row for row in rows if not (tag and row.tag == tag and row.user_id == user_id)]
    kind = "personal" if call.method == "im.notify.personal.add" else "system"
    entry = Notification(
        id=call.portal.next_id("notification"),
        user_id=user_id,
        kind=kind,
        message=text,
        tag=tag,
        at=call.portal.world.clock.now(),
    )
    rows.append(entry)
    return entry.id


@method("im.notify.delete")
def notify_delete(call: Call) -> bool:
    """Delete by ID or TAG."""
    tag, number = str(call.get("TAG", "")), call.integer("ID")
    rows = call.portal.notifications
    kept = [row for row in rows if not (row.id == number or (tag and row.tag == tag))]
    found = len(kept) != len(rows)
    rows[:] = kept
    return found
