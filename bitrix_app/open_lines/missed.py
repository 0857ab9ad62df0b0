"""Operators' messages whose event never came: found in the dialogs themselves, for Bitrix24 sends no event twice.

Bitrix24: imopenlines.session.history.get, api-reference/events (no retries). What a channel has got carries its ids of
it (`params.connectorMid`); an operator's message without them was heard of by nobody.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog

from app.pipeline.accept import accept
from app.rules.open_lines.to_client import key_of
from app.storage.database import reading
from app.storage.models import LineDialog
from app.storage.queries import lines, outbox
from app.storage.services import Services
from bitrix_app.batch import MAX_COMMANDS
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.event_keys import MESSAGE_ADD, message_key
from bitrix_app.manifest import CONNECTOR_ID
from bitrix_app.open_lines.lookup import HISTORY

log = structlog.get_logger()
ON_ITS_WAY = timedelta(minutes=1)
"""What is younger may still be told."""
NO_NEWS = timedelta(hours=1)
"""What is older is left to the operator, who sees that it was not delivered: an answer of yesterday helps nobody."""
LIVELY = timedelta(days=1)


def find(services: Services, client: PortalClient) -> int:
    """Look through the dialogs that are open; how many messages were found. Raises BitrixError."""
    now = services.clock.now()
    with services.sessions() as session:
        some = lines.lively(reading(session), client.installation_id, now - LIVELY)
    found = 0
    for start in range(0, len(some), MAX_COMMANDS):
        part = some[start : start + MAX_COMMANDS]
        answer = client.batch(
            {f"h{dialog.id}": command(HISTORY, {"SESSION_ID": dialog.session_id}) for dialog in part}
        )
        for dialog in part:
            history = answer.results.get(f"h{dialog.id}")
            if isinstance(history, Mapping):
                found += _take_in(services, client.installation_id, dialog, history, now)
    if found:
        log.warning("events_of_lines_lost", portal=client.installation_id, count=found)
    return found


def _take_in(
    services: Services, installation_id: int, dialog: LineDialog, history: Mapping[str, Any], now: datetime
) -> int:
    unheard = dict(_unheard(history, now))
    if not unheard:
        return 0
    with services.sessions() as session:
        known = outbox.by_keys(reading(session), installation_id, {key_of(number) for number in unheard})
    fresh = 0
    for number, message in sorted(unheard.items()):
        if key_of(number) not in known:
            body = urlencode(list(_form(dialog, history, number, message))).encode()
            fresh += accept(
                services, installation_id, source="bitrix", kind=MESSAGE_ADD,
                dedup_key=message_key([str(number)]), body=body,
            )  # fmt: skip
    return fresh


def _unheard(history: Mapping[str, Any], now: datetime) -> Iterator[tuple[int, Mapping[str, Any]]]:
    messages = history.get("message")
    for number, message in messages.items() if isinstance(messages, Mapping) else ():
        if not isinstance(message, Mapping) or not str(number).isdecimal():
            continue
        at = _moment(message.get("date"))
        recent = at is not None and now - NO_NEWS <= at <= now - ON_ITS_WAY
        if recent and _is_operator(history, message) and not _mids(message):
            yield int(number), message


def _is_operator(history: Mapping[str, Any], message: Mapping[str, Any]) -> bool:
    """Written by an employee: neither by the portal itself (0) nor by the client."""
    sender = str(message.get("senderid") or "0")
    user = _map(history.get("users")).get(sender)
    return (
        sender not in ("", "0")
        and isinstance(user, Mapping)
        and not (user.get("connector") or user.get("bot"))
    )


def _mids(message: Mapping[str, Any]) -> Any:
    params = _map(message.get("params"))
    return params.get("connectorMid") or params.get("CONNECTOR_MID")


def _form(
    dialog: LineDialog, history: Mapping[str, Any], number: int, message: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """The event as it would have come."""
    row = "data[MESSAGES][0]"
    name = str(_map(_map(history.get("users")).get(str(message["senderid"]))).get("name") or "")
    text = str(message.get("text") or "")
    yield "event", MESSAGE_ADD
    yield "data[CONNECTOR]", CONNECTOR_ID
    yield "data[LINE]", str(dialog.line_id)
    yield f"{row}[im][chat_id]", str(history.get("chatId") or dialog.im_chat_id)
    yield f"{row}[im][message_id]", str(number)
    yield f"{row}[message][user_id]", str(message["senderid"])
    yield f"{row}[message][text]", f"[b]{name}:[/b] [br]{text}" if name and text else text
    yield f"{row}[chat][id]", dialog.chat_key
    files, attached = _map(history.get("files")), _map(message.get("params")).get("fileId") or []
    for at, file_id in enumerate(attached if isinstance(attached, list) else [attached]):
        file = _map(files.get(str(file_id)))
        if file.get("urldownload"):
            yield f"{row}[message][files][{at}][name]", str(file.get("name") or "")
            yield f"{row}[message][files][{at}][link]", str(file["urldownload"])


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
