"""Widgets and event handlers of the application (Bitrix24: widgets, events)."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.bitrix.call import Call, method
from sandbox.bitrix.errors import RestError, access_denied
from sandbox.bitrix.records import Handler, Placement

PLACEMENTS: dict[str, tuple[str, ...]] = {
    "crm": (
        "CRM_LEAD_DETAIL_TAB",
        "CRM_DEAL_DETAIL_TAB",
        "CRM_CONTACT_DETAIL_TAB",
        "CRM_COMPANY_DETAIL_TAB",
        "CRM_LEAD_LIST_MENU",
        "CRM_DEAL_LIST_MENU",
        "CRM_LEAD_DETAIL_TOOLBAR",
        "CRM_DEAL_DETAIL_TOOLBAR",
        "CRM_LEAD_DETAIL_ACTIVITY",
        "CRM_DEAL_DETAIL_ACTIVITY",
    ),
    "contact_center": ("CONTACT_CENTER",),
    "im": ("IM_SIDEBAR", "IM_TEXTAREA", "IM_CONTEXT_MENU", "IM_NAVIGATION"),
    "": ("REST_APP_URI", "PAGE_BACKGROUND_WORKER", "LEFT_MENU"),
}
SINGLE = ("REST_APP_URI", "PAGE_BACKGROUND_WORKER")
CRM_EVENTS = [
    f"ONCRM{kind}{change}"
    for kind in ("LEAD", "DEAL", "CONTACT", "COMPANY", "ACTIVITY", "TIMELINECOMMENT", "DYNAMICITEM")
    for change in ("ADD", "UPDATE", "DELETE")
]
EVENTS: dict[str, tuple[str, ...]] = {
    "": ("ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPPAYMENT", "ONAPPMETHODCONFIRM", "ONAPPTEST"),
    "crm": (*CRM_EVENTS, "ONCRMDEALMOVETOCATEGORY"),
    "imopenlines": (
        "ONOPENLINEMESSAGEADD",
        "ONOPENLINEMESSAGEUPDATE",
        "ONOPENLINEMESSAGEDELETE",
        "ONSESSIONSTART",
        "ONSESSIONFINISH",
    ),
    "imconnector": tuple(
        f"ONIMCONNECTOR{name}"
        for name in (
            "MESSAGEADD",
            "MESSAGEUPDATE",
            "MESSAGEDELETE",
            "DIALOGSTART",
            "DIALOGFINISH",
            "STATUSDELETE",
            "LINEDELETE",
        )
    ),
    "user": ("ONUSERADD",),
}


def _places(call: Call) -> set[str]:
    """Places that the scope of the token opens; every smart process has a tab of its own."""
    codes = {
        code for scope, rows in PLACEMENTS.items() for code in rows if scope == "" or scope in call.scope
    }
    if "crm" in call.scope:
        codes |= {f"CRM_DYNAMIC_{number}_DETAIL_TAB" for number in call.portal.crm.types}
    return codes


def _check_url(url: Any, name: str) -> str:
    parts = urlsplit(str(url))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RestError(
            "ERROR_ARGUMENT", f"The value of an argument '{name}' must be of type url", argument=name
        )
    return str(url)


@method("placement.bind")
def placement_bind(call: Call) -> bool:
    """Bind again and there are two (only REST_APP_URI and PAGE_BACKGROUND_WORKER are single)."""
    call.require_app()
    call.require_admin()
    code = str(call.get("PLACEMENT"))
    if code not in _places(call):
        raise RestError("ERROR_PLACEMENT_NOT_FOUND", "Placement not found")
    if call.integer("USER_ID") and code != "PAGE_BACKGROUND_WORKER":
        raise RestError("ERROR_PLACEMENT_USER_MODE", "User mode is not available", 200)
    if code in SINGLE and any(item.code == code for item in call.portal.placements):
        raise RestError("ERROR_PLACEMENT_MAX_COUNT", "Placement max count", 200)
    # A link keeps nothing of OPTIONS (Bitrix24: widgets/universal/app-url).
    options = {} if code == "REST_APP_URI" else call.object("OPTIONS")
    if code in ("IM_SIDEBAR", "IM_TEXTAREA") and not options.get("iconName"):
        raise RestError(
            "ERROR_ARGUMENT", "Argument 'OPTIONS[iconName]' is null or empty", argument="iconName"
        )
    placement = Placement(
        code=code,
        handler=_check_url(call.get("HANDLER"), "HANDLER"),
        title=str(call.get("TITLE", "")),
        description=str(call.get("DESCRIPTION", "")),
        group_name=str(call.get("GROUP_NAME", "")),
        languages=call.object("LANG_ALL"),
        options=options,
        user_id=call.integer("USER_ID"),
    )
    call.portal.placements.append(placement)
    return True


@method("placement.get")
def placement_get(call: Call) -> list[dict[str, Any]]:
    """All widgets of the application."""
    call.require_app()
    call.require_admin()
    return [
        {
            "placement": item.code,
            "userId": item.user_id,
            "handler": item.handler,
            "options": item.options or [],
            "title": item.title,
            "description": item.description,
            "langAll": item.languages or [],
        }
        for item in call.portal.placements
    ]


@method("placement.unbind")
def placement_unbind(call: Call) -> dict[str, int]:
    """`count` grows by one for every found record and by one more for its removal, as the page says."""
    call.require_app()
    call.require_admin()
    handler = str(call.get("HANDLER", ""))
    hit = [
        item
        for item in call.portal.placements
        if item.code == call.get("PLACEMENT") and handler in ("", item.handler)
    ]
    for item in hit:
        call.portal.placements.remove(item)
    return {"count": 2 * len(hit)}


@method("placement.list")
def placement_list(call: Call) -> list[str]:
    """Codes of the places that the application may use."""
    call.require_app()
    scope = call.get("SCOPE")
    if scope:
        return [*PLACEMENTS.get(str(scope), ())]
    return (
        sorted(_places(call))
        if not call.flag("FULL")
        else [code for rows in PLACEMENTS.values() for code in rows]
    )


@method("events")
def events(call: Call) -> list[str]:
    """Names of the events that the scope opens."""
    scope = call.get("SCOPE")
    if scope:
        return [*EVENTS.get(str(scope), ())]
    return [
        name
        for key, rows in EVENTS.items()
        for name in rows
        if key == "" or key in call.scope or call.flag("FULL")
    ]


@method("event.bind")
def event_bind(call: Call) -> bool:
    """A handler that is bound already is refused: "Unable to set event handler"."""
    call.require_app()
    name = str(call.get("event")).upper()
    known = {event for key, rows in EVENTS.items() for event in rows if key in ("", *call.scope)}
    if name not in known and not (name.startswith("ONCRMDYNAMICITEM") and "crm" in call.scope):
        raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
    offline = str(call.get("event_type", "online")) == "offline"
    auth_type = call.integer("auth_type")
    if offline:
        call.require_admin("Access denied! Offline events binding requires administrator access rights")
    if not call.user.admin and auth_type not in (0, call.user.id):
        raise access_denied(
            "Access denied! Event binding with AUTH_TYPE requires administrator access rights"
        )
    if not call.user.admin:
        auth_type = call.user.id
    url = "" if offline else _check_url(call.get("handler"), "handler")
    for row in call.portal.handlers:
        if (row.event, row.url, row.auth_type, row.offline) == (name, url, auth_type, offline):
            raise RestError("ERROR_CORE", "Unable to set event handler: Handler already binded")
    handler = Handler(
        id=call.portal.next_id("handler"),
        event=name,
        url=url,
        auth_type=auth_type,
        offline=offline,
        options=call.object("options"),
    )
    call.portal.handlers.append(handler)
    return True


@method("event.get")
def event_get(call: Call) -> list[dict[str, Any]]:
    """The handlers of the application; an employee sees only those of his own."""
    call.require_app()
    return [
        {"event": row.event, "handler": row.url, "auth_type": str(row.auth_type), "offline": int(row.offline)}
        for row in call.portal.handlers
        if call.user.admin or row.auth_type == call.user.id
    ]


@method("event.unbind")
def event_unbind(call: Call) -> dict[str, int]:
    """Remove handlers; without `auth_type` of any user."""
    call.require_app()
    auth_type = call.get("auth_type")
    if not call.user.admin and auth_type not in (None, "", call.user.id, str(call.user.id)):
        raise access_denied(
            "Access denied! Event unbinding with AUTH_TYPE requires administrator access rights"
        )
    hit = [
        row
        for row in call.portal.handlers
        if row.event == str(call.get("event")).upper()
        and row.url == call.get("handler")
        and (auth_type is None or row.auth_type == int(auth_type or 0))
        and (call.user.admin or row.auth_type == call.user.id)
    ]
    for row in hit:
        call.portal.handlers.remove(row)
    return {"count": len(hit)}
