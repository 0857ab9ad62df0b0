"""Uploads of what another system holds: chats, offline requests, sessions (Data API: upload.*).

The pages do not say whether one bad item fails all: here it does, and nothing is stored. What a known
`ext_id` does is the switch `repeated_upload`; of sessions the page says that a repeat is dropped.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.uis.data_errors import DataError
from sandbox.uis.data_query import METHODS, check_params
from sandbox.uis.data_time import moment_of
from sandbox.uis.entities import Channel, Chat, Message, OfflineRequest, Session, Visitor
from sandbox.uis.offline import Uis
from sandbox.uis.store import fill_card
from sandbox.uis.traffic import CAMPAIGNS, FIELDS, SITE, SOURCES

MOST_ITEMS, MOST_SESSION_BYTES, SESSION_DAYS = 50, 512 * 1024, 180
UPLOADED = Channel(id=740999, channel_id=28999, type="dataapi", name="Data API")
FIRST_SESSION = "2011-01-01 00:00:00"
Item = dict[str, Any]
CHOICES = {
    "chats.status": ("lost", "succeed", "refused"),
    "chats.initiator": ("operator", "visitor", "autoinvite"),
    "messages.source": ("operator", "visitor", "system"),
    "sessions.visitor_device": ("desktop", "mobile", "tablet", "other"),
}


def chats(uis: Uis, params: Item) -> list[Item]:
    """upload.chats."""
    items = _kept(uis, _items("upload.chats", params, "chats"), _check_chat)
    return _answered(uis, [{"id": _stored_chat(uis, item).report_id} for item in items])


def offline_requests(uis: Uis, params: Item) -> list[Item]:
    """upload.offline_messages."""
    items = _kept(uis, _items("upload.offline_messages", params, "offline_messages"), _check_request)
    return _answered(uis, [{"id": _stored_request(uis, item).id} for item in items])


def _check_chat(uis: Uis, item: Item) -> None:
    _check_contact(item, "chats")
    _check_place(uis, item, "chats", "start_date_time")
    if item.get("campaign_id") == -1:
        raise DataError("invalid_parameter_value", "chats.campaign_id", -1)
    _check_messages(uis, item)


def _check_request(uis: Uis, item: Item) -> None:
    _check_contact(item, "offline_messages")
    _check_place(uis, item, "offline_messages", "date_time")
    if item.get("campaign_id") == -1 and item.get("site_id") is None:
        raise DataError("required_parameter_missed", "offline_messages.site_id")
    _check_user_fields(uis, item)


def _kept(uis: Uis, items: list[Item], check: Callable[[Uis, Item], None]) -> list[Item]:
    """The items that are right; a wrong one refuses all, or is left out while some are right (`bad_upload_item`)."""
    right, wrong = [], []
    for item in items:
        try:
            check(uis, item)
            right.append(item)
        except DataError as error:
            wrong.append(error)
    if wrong and (uis.bad_upload_item == "refuse_all" or not right):
        raise wrong[0]
    return right


def _answered(uis: Uis, rows: list[Item]) -> list[Item]:
    """Ids in the order of the items, or not (`upload_order`)."""
    return rows if uis.upload_order == "same" else rows[::-1]


def sessions(uis: Uis, params: Item) -> list[Item]:
    """upload.sessions: an answer only for those that were not there."""
    items = _items("upload.sessions", params, "sessions")
    if len(json.dumps(params["sessions"], ensure_ascii=False).encode()) > MOST_SESSION_BYTES:
        raise DataError("data_limit_exceeded", "sessions")
    for item in items:
        _check_entities(uis, item, "sessions")
        _past(uis, item["date_time"], "sessions.date_time")
        if item["date_time"] < FIRST_SESSION:
            raise DataError("invalid_date_time", "sessions.date_time", item["date_time"])
        if item.get("visitor_id") is not None and item["visitor_id"] not in uis.visitors:
            raise DataError("entity_not_found", "sessions.visitor_id", item["visitor_id"])
        _check_duration(item)
    known = {session.ext_id for session in uis.sessions.values()}
    fresh = {item["ext_id"]: item for item in reversed(items) if item["ext_id"] not in known}
    stored = [(ext_id, _stored_session(uis, item)) for ext_id, item in reversed(fresh.items())]
    return [{"ext_id": ext_id, "session_id": session.id} for ext_id, session in stored]


def _check_duration(item: Item) -> None:
    """A visit ends on the day on which it began."""
    hours, minutes, seconds = (int(part) for part in item["date_time"][11:].split(":"))
    if hours * 3600 + minutes * 60 + seconds + (item.get("duration") or 0) >= 86400:
        raise DataError("invalid_parameter_value", "sessions.duration", item["duration"])


def _items(method: str, params: Item, name: str) -> list[Item]:
    items: list[Item] = params[name]
    if len(items) > MOST_ITEMS:
        raise DataError("data_limit_exceeded", name, len(items))
    if not items:
        raise DataError("required_parameter_missed", name)
    for item in items:
        if not isinstance(item, dict):
            raise DataError("data_type_error", name, item)
        check_params(item, METHODS[method]["item"], f"{name}.")
        _check_choices(item, name)
    return items


def _check_choices(item: Item, prefix: str) -> None:
    for name, value in item.items():
        choices = CHOICES.get(f"{prefix}.{name}")
        if choices and value is not None and value not in choices:
            raise DataError("invalid_parameter_value", f"{prefix}.{name}", value)


def _check_contact(item: Item, prefix: str) -> None:
    if not item.get("phone") and not item.get("email"):
        raise DataError("required_parameter_missed", f"{prefix}.phone")
    if item.get("phone") and not re.fullmatch(r"\+?\d{10,15}", item["phone"]):
        raise DataError("invalid_parameter_value", f"{prefix}.phone", item["phone"])


def _check_place(uis: Uis, item: Item, prefix: str, time_name: str) -> None:
    places = ("visitor_session_id", "campaign_id", "site_id")
    if all(item.get(name) is None for name in places):
        raise DataError("required_parameter_missed", f"{prefix}.visitor_session_id")
    _check_entities(uis, item, prefix)
    moment = _past(uis, item[time_name], f"{prefix}.{time_name}")
    if item.get("visitor_session_id") is None:
        return
    session = uis.sessions.get(item["visitor_session_id"])
    if session is None:
        raise DataError("entity_not_found", f"{prefix}.visitor_session_id", item["visitor_session_id"])
    if not session.started <= moment + 1 or moment - session.started > SESSION_DAYS * 86400:
        raise DataError("invalid_date_time", f"{prefix}.{time_name}", item[time_name])
    for name in ("campaign_id", "site_id"):
        if item.get(name) not in (None, session.traffic[name]):
            raise DataError("invalid_parameters_combination", f"{prefix}.{name}", item[name])


def _check_entities(uis: Uis, item: Item, prefix: str) -> None:
    sources = set(SOURCES) - set(uis.deleted_sources)
    known: dict[str, Any] = {"campaign_id": CAMPAIGNS, "source_id": sources, "site_id": {SITE["id"]}}
    for name, values in known.items():
        if item.get(name) is not None and item[name] not in values:
            raise DataError("entity_not_found", f"{prefix}.{name}", item[name])


def _past(uis: Uis, text: str, field: str) -> float:
    moment = moment_of(text, uis.zone, field)
    if moment > uis.clock.now():
        raise DataError("invalid_date_time", field, text)
    return moment


def _check_messages(uis: Uis, item: Item) -> None:
    start = moment_of(item["start_date_time"], uis.zone, "chats.start_date_time")
    for message in item["messages"]:
        if not isinstance(message, dict):
            raise DataError("data_type_error", "chats.messages", message)
        check_params(message, METHODS["upload.chats"]["message"], "chats.messages.")
        _check_choices(message, "messages")
        if _past(uis, message["date_time"], "chats.messages.date_time") <= start:
            raise DataError("invalid_date_time", "chats.messages.date_time", message["date_time"])
        if message["source"] == "operator" and message.get("employee_id") is None:
            raise DataError("required_parameter_missed", "chats.messages.employee_id")
        if message.get("employee_id") is not None and message["employee_id"] not in uis.employees:
            raise DataError("entity_not_found", "chats.messages.employee_id", message["employee_id"])


def _check_user_fields(uis: Uis, item: Item) -> None:
    for field in item.get("user_fields") or []:
        if not isinstance(field, dict) or set(field) != {"ext_id", "value"}:
            raise DataError("unexpected_parameters", "offline_messages.user_fields")
        if field["ext_id"] not in uis.request_user_fields:
            raise DataError("entity_not_found", "offline_messages.user_fields.ext_id", field["ext_id"])


def _known(uis: Uis, item: Item, found: list[Any]) -> Any:
    """The stored item with this ext_id when the switch says that a repeat changes it, else None."""
    same = [one for one in found if item.get("ext_id") and one.ext_id == item["ext_id"]]
    if not same or uis.repeated_upload == "create":
        return None
    if uis.repeated_upload == "duplicate_entity":
        raise DataError("duplicate_entity", "ext_id", item["ext_id"])
    return same[0]


def _visitor(uis: Uis, item: Item) -> Visitor:
    phone, email = (item.get("phone") or "").lstrip("+"), item.get("email")
    if item.get("visitor_session_id") is not None:
        visitor = uis.visitors[uis.sessions[item["visitor_session_id"]].visitor_id]
    else:
        same = (one for one in uis.visitors.values() if phone in one.phones or email in one.emails)
        visitor = next(same, None) or uis.new_visitor()
    fill_card(
        visitor, name=item.get("name"), phones=[phone] if phone else [], emails=[email] if email else []
    )
    return visitor


def _session(uis: Uis, item: Item, visitor: Visitor, started: float) -> Session:
    if item.get("visitor_session_id") is not None:
        return uis.sessions[item["visitor_session_id"]]
    source = {name: item[name] for name in ("campaign_id", "source_id") if item.get(name) is not None}
    return uis.new_session(visitor, "dataapi", source, started)


def _stored_chat(uis: Uis, item: Item) -> Chat:
    start = moment_of(item["start_date_time"], uis.zone, "chats.start_date_time")
    chat: Chat | None = _known(uis, item, [*uis.chats.values()])
    if chat is None:
        visitor = _visitor(uis, item)
        chat = uis.new_chat(UPLOADED, visitor, "visitor")
        del uis.sessions[chat.session.id]
        chat.session = _session(uis, item, visitor, start)
    said = [message["source"] for message in item["messages"]]
    chat.initiator = item.get("initiator") or (said[0] if said else "visitor")
    chat.started, chat.ext_id, chat.forwarded = start, item.get("ext_id"), False
    chat.messages = [_stored_message(uis, chat, message) for message in item["messages"]]
    chat.employee_id = next((one.employee_id for one in reversed(chat.messages) if one.employee_id), None)
    chat.closed = max([start, *(message.created for message in chat.messages)])
    silent = chat.initiator == "visitor" and not {"visitor", "operator"} & set(said)
    chat.uploaded_status = "lost" if silent else item["status"]
    return chat


def _stored_message(uis: Uis, chat: Chat, message: Item) -> Message:
    return Message(
        id=next(uis.message_ids),
        chat_id=chat.id,
        source=message["source"],
        text=message["message"],
        created=moment_of(message["date_time"], uis.zone, "chats.messages.date_time"),
        employee_id=message.get("employee_id"),
    )


def _stored_request(uis: Uis, item: Item) -> OfflineRequest:
    created = moment_of(item["date_time"], uis.zone, "offline_messages.date_time")
    request: OfflineRequest | None = _known(uis, item, [*uis.requests.values()])
    if request is None:
        visitor = _visitor(uis, item)
        request = uis.offline_request(visitor=visitor.id)
        del uis.sessions[request.session.id]
        request.session = _session(uis, item, visitor, created)
    request.created, request.text, request.name = created, item.get("message"), item.get("name")
    request.phone, request.email = (item.get("phone") or "").lstrip("+") or None, item.get("email")
    request.form_type, request.form_name = "DataAPI", item.get("form_name")
    request.ext_id, request.user_fields = item.get("ext_id"), item.get("user_fields") or []
    return request


def _stored_session(uis: Uis, item: Item) -> Session:
    visitor = uis.visitors.get(item.get("visitor_id") or 0) or uis.new_visitor()
    marks: Item = {name: item[name] for name in FIELDS if item.get(name) is not None and name != "site_id"}
    if item.get("entrance_page_url"):
        marks["entrance_page"] = item["entrance_page_url"]
    started = moment_of(item["date_time"], uis.zone, "sessions.date_time")
    session = uis.new_session(visitor, "dataapi", marks, started)
    session.ext_id = item["ext_id"]
    session.extra = {name: value for name, value in item.items() if name.startswith("visitor_")} | {
        "duration": item.get("duration") or 0,
        "cm_id": item.get("cm_id"),
    }
    return session
