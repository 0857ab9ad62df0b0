"""Uploading chats that another system holds, and looking them up by the marker that we gave them.

Data API: `upload.chats` (at most 50, times in the zone of the account), `get.chats_report` (filter by `ext_id`). Points
of the day's reserve are left to the reading of chats.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.domain.dialogs import UploadChat
from app.pipeline.analytics.sides import UploadAway, UploadDoubt, UploadRefused
from app.storage.services import Services
from app.uis.connection import Connection, of_installation
from app.uis.data import Answer, DataApi
from app.uis.errors import PASSING, Limited, NoAnswer, UisError
from app.uis.problem import as_problem
from app.uis.reports import chat_rows as report
from app.uis.reports.batch import IDS_PER_CALL, any_of, chunks

log = structlog.get_logger()
WINDOW = timedelta(days=80)
SOON, LATER = 60.0, 3600.0
# Errors that are about one chat; everything else is about the account, and no chat gets through.
ABOUT_A_CHAT = frozenset({"our_mistake", "refused"})
UNSAID = frozenset({"internal_error", "unexpected_answer"})
"""UIS did not say whether it did it."""

# The last part of the field that UIS names -> our words for it.
FIELDS = {
    "employee_id": "upload_employee", "campaign_id": "upload_campaign", "source_id": "upload_source",
    "site_id": "upload_site", "phone": "upload_phone", "email": "upload_email",
}  # fmt: skip
MNEMONICS = {"campaign_is_inactive": "upload_campaign_inactive"}


class UisUploads:
    """See `app.pipeline.analytics.sides.Uploads`."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self._api = DataApi(services, connection)
        self._zone = report.zone(connection.timezone)
        self.account = str(connection.app_id or connection.account_id or "")

    def upload(self, chats: Sequence[UploadChat]) -> int:
        try:
            answer = self._call("upload.chats", {"chats": [_item(chat, self._zone) for chat in chats]})
        except NoAnswer as error:
            raise UploadDoubt(error.code) if error.sent else UploadAway(as_problem(error), SOON) from None
        except UisError as error:
            raise _refusal(error) from None
        return len(answer.data) if isinstance(answer.data, list) else 0

    def look_up(self, marks: Collection[str], since: datetime, till: datetime) -> dict[str, int]:
        found: dict[str, int] = {}
        try:
            for start, end in _windows(since, till):
                for some in chunks(sorted(marks - found.keys()), IDS_PER_CALL):
                    for row in self._shown(some, start, end):
                        _note(found, str(row.get("ext_id")), int(row["id"]))
        except UisError as error:
            after = error.after if isinstance(error, Limited) else SOON if error.code in PASSING else LATER
            raise UploadAway(None if isinstance(error, Limited) else as_problem(error), after) from None
        return {mark: chat for mark, chat in found.items() if mark in marks}

    def _shown(self, marks: Sequence[str], since: datetime, till: datetime) -> list[Mapping[str, Any]]:
        params = {
            "date_from": report.local(since, self._zone), "date_till": report.local(till, self._zone),
            "filter": any_of("ext_id", marks), "fields": ["id", "ext_id"],
        }  # fmt: skip
        rows = self._call("get.chats_report", params | {"limit": 1000}).data
        return [row for row in rows if isinstance(row.get("id"), int)]

    def _call(self, method: str, params: Mapping[str, Any]) -> Answer:
        try:
            return self._api.call(method, params)
        finally:
            self._api.note({})


def uploads_of(services: Services, installation_id: int) -> UisUploads | None:
    """The UIS account of a portal; None while none is connected or it has no Data API key."""
    connection = of_installation(services, installation_id)
    if connection is None or "data_api_key" not in connection.secrets or connection.state == "closed":
        return None
    return UisUploads(services, connection)


def _item(chat: UploadChat, zone: Any) -> dict[str, Any]:
    """A chat as UIS wants it; what is not known stays out."""
    traffic = chat.traffic
    item = {
        "start_date_time": report.local(chat.started_at, zone), "name": chat.name or None, "phone": chat.phone,
        "email": chat.email, "status": chat.status, "initiator": chat.initiator,
        "visitor_session_id": traffic.visitor_session_id, "campaign_id": traffic.campaign_id,
        "source_id": traffic.source_id, "site_id": traffic.site_id, "ext_id": chat.ext_id,
        "messages": [
            {
                "date_time": report.local(message.at, zone), "source": message.source, "message": message.text,
                **({"employee_id": message.employee_id} if message.employee_id is not None else {}),
            }
            for message in chat.messages
        ],
    }  # fmt: skip
    return {name: value for name, value in item.items() if value is not None}


def _windows(since: datetime, till: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Parts of a period that are short enough for a report."""
    while since < till:
        end = min(since + WINDOW, till)
        yield since, end
        since = end


def _note(found: dict[str, int], mark: str, chat: int) -> None:
    if mark in found and found[mark] != chat:
        log.warning("chat_uploaded_twice", ext_id=mark, chats=sorted((found[mark], chat)))
    found[mark] = min(chat, found.get(mark, chat))


def _refusal(error: UisError) -> UploadAway | UploadRefused | UploadDoubt:
    if isinstance(error, Limited):
        return UploadAway(None, error.after)
    if error.code in UNSAID:
        return UploadDoubt(error.code)
    if error.code not in ABOUT_A_CHAT:
        return UploadAway(as_problem(error), LATER)
    field = error.field.rpartition(".")[2]
    return UploadRefused(
        _problem(error, field), about_session=field not in FIELDS, known=error.mnemonic == "duplicate_entity"
    )


def _problem(error: UisError, field: str) -> str:
    """Why UIS refuses this chat, in words that say what to do where there are any."""
    code = MNEMONICS.get(error.mnemonic) or FIELDS.get(field)
    if code is None:
        return as_problem(UisError("refused", problem=error.params.get("problem") or error.mnemonic or "?"))
    return as_problem(UisError(code, problem=error.params.get("problem") or json.dumps(field)))
