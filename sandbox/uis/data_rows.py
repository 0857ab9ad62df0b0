"""Rows of the reports: chats, messages, offline requests, sessions. Field names are those of methods.json."""

from collections.abc import Callable
from typing import Any

from sandbox.uis.data_errors import DataError
from sandbox.uis.data_query import Row
from sandbox.uis.data_time import text_of, window
from sandbox.uis.entities import Chat, Message, OfflineRequest, Resource, Session, Visitor
from sandbox.uis.offline import Uis
from sandbox.uis.store import MESSENGERS

MESSAGE_DAYS = 30
Params = dict[str, Any]
Reader = Callable[[Uis, Params], list[Row]]


def chats(uis: Uis, params: Params) -> list[Row]:
    """get.chats_report: the window is over the start of the chat."""
    start, end = window(params, uis.zone)
    return [chat_row(uis, chat) for chat in _visible(uis) if start <= chat.started < end]


def messages(uis: Uis, params: Params) -> list[Row]:
    """get.chat_messages_report: by chat_id, chat_ids or the time of the message; ids of the reports."""
    wanted = _chat_ids(params)
    dated = [name for name in ("date_from", "date_till") if params.get(name) is not None]
    if len(dated) == 1 or (wanted is None and not dated):
        raise DataError("required_parameter_missed", "date_till" if dated == ["date_from"] else "date_from")
    start, end = window(params, uis.zone, MESSAGE_DAYS) if dated else (float("-inf"), float("inf"))
    return [
        message_row(uis, chat, message)
        for chat in _visible(uis)
        if wanted is None or chat.report_id in wanted
        for message in chat.messages
        if start <= message.created < end
    ]


def offline_requests(uis: Uis, params: Params) -> list[Row]:
    """get.offline_messages_report: the window is over the arrival of the request."""
    start, end = window(params, uis.zone)
    technical, newest = params.get("include_tech_offline_messages"), uis.clock.now() - uis.report_lag_s
    return [
        request_row(uis, request)
        for request in uis.requests.values()
        if start <= request.created < end
        and request.created <= newest
        and (technical or not request.technical)
    ]


def sessions(uis: Uis, params: Params) -> list[Row]:
    """get.visitor_sessions_report: the window is over the start of the visit."""
    start, end = window(params, uis.zone)
    return [session_row(uis, session) for session in uis.sessions.values() if start <= session.started < end]


def _visible(uis: Uis) -> list[Chat]:
    newest = uis.clock.now() - uis.report_lag_s
    return [chat for chat in uis.chats.values() if chat.started <= newest]


def _chat_ids(params: Params) -> set[int] | None:
    if params.get("chat_id") is None and params.get("chat_ids") is None:
        return None
    ids = [
        *(params.get("chat_ids") or []),
        *([params["chat_id"]] if params.get("chat_id") is not None else []),
    ]
    if not all(isinstance(chat_id, int) and not isinstance(chat_id, bool) for chat_id in ids):
        raise DataError("data_type_error", "chat_ids", ids)
    return set(ids)


def chat_row(uis: Uis, chat: Chat) -> Row:
    """One chat with every field of the page."""
    visitor = uis.visitors[chat.visitor_id]
    messenger = chat.channel.type in MESSENGERS
    first = next((message.created for message in chat.messages if message.source == "operator"), None)
    phone = visitor.phones[0] if visitor.phones else None
    return {
        **_communication(uis, visitor, chat.session, chat),
        "id": chat.report_id,
        "status": chat.status,
        "initiator": chat.initiator,
        "date_time": text_of(chat.started, uis.zone),
        "duration": str(int((chat.closed or uis.clock.now()) - chat.started)),
        "answer_time": None if first is None else int(first - chat.started),
        "communication_type": "chat",
        "chat_channel_id": chat.channel.id,
        "chat_channel_type": chat.channel.type,
        "chat_channel_name": chat.channel.name,
        "chat_user_id": (visitor.user_id or str(visitor.id)) if messenger else None,
        "chat_username": visitor.usernames[0] if messenger and visitor.usernames else None,
        "messages_count": len(chat.messages),
        "employee_messages_count": chat.written_by("operator"),
        "is_group_chat": False,
        "is_transfer": chat.is_transfer,
        "release_cause": chat.release_cause,
        "visitor_ids": [chat.visitor_id],
        "visitor_phone_number": int(phone) if phone else None,
        "attributes": _attributes(chat.communication_number, chat.status == "lost"),
    }


def request_row(uis: Uis, request: OfflineRequest) -> Row:
    """One offline request with every field of the page."""
    return {
        **_communication(uis, uis.visitors[request.visitor_id], request.session, request),
        "id": request.id,
        "date_time": text_of(request.created, uis.zone),
        "text": request.text,
        "communication_type": "offline_message",
        "is_agree_to_process_personal_data": request.agreed_to_processing,
        "is_agree_to_mailing": request.agreed_to_mailing,
        "status": request.status,
        "process_time": text_of(request.processed, uis.zone),
        "form_type": request.form_type,
        "form_name": request.form_name,
        "properties": request.properties,
        "group_id": request.group_id,
        "group_name": uis.groups.get(request.group_id) if request.group_id else None,
        "employee_answer_message": request.employee_answer,
        "employee_comment": request.employee_comment,
        "visitor_phone_number": int(request.phone) if request.phone else None,
        "visitor_email": request.email,
        "visitor_name": request.name,
        "attributes": _attributes(request.communication_number, False),
    }


def message_row(uis: Uis, chat: Chat, message: Message) -> Row:
    """One message; `resource` is empty without a file."""
    return {
        "id": message.id,
        "chat_id": chat.report_id,
        "channel_id": chat.channel.id,
        "channel_type": chat.channel.type,
        "date_time": text_of(message.created, uis.zone),
        "is_group_chat": False,
        "visitor_id": chat.visitor_id,
        "text": message.text,
        "source": message.source,
        "resource": _resource(uis, message.resource) if message.resource else {},
        "employee_id": message.employee_id,
        "employee_full_name": employee_name(uis, message.employee_id),
    }


def session_row(uis: Uis, session: Session) -> Row:
    """One visit with its traffic source and the communications that came of it."""
    return {
        **session.traffic,
        **session.extra,
        "id": session.id,
        "date_time": text_of(session.started, uis.zone),
        "duration": session.extra.get("duration", 0),
        "visitor_id": session.visitor_id,
        "person_id": uis.visitors[session.visitor_id].person_id,
        "ext_id": session.ext_id,
        "hits_count": 1,
        "visitor_custom_properties": _properties(uis.visitors[session.visitor_id]),
        "communications": [
            *(
                _made(uis, "chat", chat.communication_id, chat.started)
                for chat in uis.chats.values()
                if chat.session is session
            ),
            *(
                _made(uis, "offline_message", one.communication_id, one.created)
                for one in uis.requests.values()
                if one.session is session
            ),
        ],
    }


def _made(uis: Uis, kind: str, communication_id: int, moment: float) -> Row:
    return {
        "communication_type": kind,
        "communication_id": communication_id,
        "communication_date_time": text_of(moment, uis.zone),
    }


def _communication(uis: Uis, visitor: Visitor, session: Session, item: Chat | OfflineRequest) -> Row:
    return {
        **session.traffic,
        "communication_id": item.communication_id,
        "communication_number": item.communication_number,
        "employee_id": item.employee_id,
        "employee_full_name": employee_name(uis, item.employee_id),
        "visitor_id": visitor.id,
        "person_id": visitor.person_id,
        "visitor_session_id": session.id,
        "visits_count": visitor.visits_count,
        "visitor_custom_properties": _properties(visitor),
        "tags": item.tags,
        "ext_id": item.ext_id,
    }


def _properties(visitor: Visitor) -> list[dict[str, str]]:
    return [{"property_name": name, "property_value": value} for name, value in visitor.properties.items()]


def _attributes(number: int, lost: bool) -> list[str]:
    found = ["first", "primary"] if number == 1 else ["secondary"]
    return [*found, "lost"] if lost else found


def _resource(uis: Uis, resource: Resource) -> dict[str, Any]:
    return {
        "size": len(resource.data),
        "type": resource.type,
        "file_url": uis.file_url(resource),
        "file_name": resource.name,
        "mime_type": resource.mime_type,
    }


def employee_name(uis: Uis, employee_id: int | None) -> str | None:
    """Last and first name; None for nobody."""
    return None if employee_id is None else uis.employees[employee_id].full_name
