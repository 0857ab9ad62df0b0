"""Chat API: what an operator does, through our adapter. Chat API: "Методы Chat API".

There is no key against repeats: a message whose answer was lost (NoAnswer with `sent`) is in doubt and is never
sent again by itself. `channel_id` is always the adapter's own (of the callbacks).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import IO, Any
from urllib.parse import quote, urlsplit

from app.storage.services import Services
from app.uis import connection as connections
from app.uis.connection import Connection
from app.uis.errors import NoAnswer, SessionOver, UisError
from app.uis.talk.multipart import FileForm
from app.uis.wire import answer_json, check_length, hosts_of, rest, send

RENEW_BEFORE = timedelta(minutes=2)
_CHUNK = 64 * 1024
RENEWALS = 2
"""A stored token that somebody else got may be stale too; the one after it is new."""
_LOCKS: dict[int, threading.RLock] = {}
"""By connection, for logging in one by one: whether a new token leaves those before it valid is not documented."""


def log_in(services: Services, connection: Connection) -> str:
    """A new token of our adapter, stored. Raises UisError (adapter_login) when UIS does not accept the login."""
    with _lock(connection):
        return _log_in(services, connection)


def _lock(connection: Connection) -> threading.RLock:
    return _LOCKS.setdefault(connection.id, threading.RLock())


def _log_in(services: Services, connection: Connection) -> str:
    hosts = hosts_of(services, connection.project)
    form = {"username": connection.adapter_login, "password": connection.secret("adapter_password")}
    response = send(services, hosts, "POST", f"{hosts.chat}/v1/adapter/login", data=form)
    if response.status_code >= 400:
        raise UisError("adapter_login")
    answer = answer_json(response)
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise UisError("unexpected_answer", host=hosts.chat, status=response.status_code)
    connections.save(services, connection, adapter_token=token, adapter_token_until=_until(answer))
    return token


class ChatApi:
    """Calls of one connection. Every method raises NoAnswer, UisError; a stale token is renewed."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self._services = services
        self._connection = connection
        self._hosts = hosts_of(services, connection.project)
        self._token = self._kept_token()
        self._refused: str | None = None

    def start_chat(self, channel_id: int, operator_id: int, contact: dict[str, str]) -> dict[str, Any]:
        """Write first; only whatsapp, waba, telegram_private, sms, email. Answer: `chat_id`, `visitor_id`.

        `contact`: one of visitor_phone, visitor_email, visitor_username ("@name").
        """
        body = {"operator_id": operator_id, "initiator": "operator", "created_at": self._now(), **contact}
        return self._post("chat", channel_id, body)

    def send_message(
        self, channel_id: int, chat_id: int, operator_id: int, text: str, *, reply_to_id: int | None = None,
        resource: dict[str, Any] | None = None, context: dict[str, Any] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """A message of an operator. `resource`: the answer of `upload`; `context`: `{"template": ...}` of WABA."""
        body: dict[str, Any] = {
            "chat_id": chat_id, "operator_id": operator_id, "text": text, "created_at": self._now(),
            "source": "operator",
        }  # fmt: skip
        optional = {"reply_to_id": reply_to_id, "resource": resource, "context": context}
        return self._post(
            "message",
            channel_id,
            body | {name: value for name, value in optional.items() if value is not None},
        )

    def close_chat(self, channel_id: int, chat_id: int, operator_id: int) -> None:
        """Closed by the operator: the only reason that may be sent."""
        self._post(
            "chat/close", channel_id,
            {"chat_id": chat_id, "operator_id": operator_id, "reason": "closed_by_operator"},
        )  # fmt: skip

    def transfer_chat(
        self, channel_id: int, chat_id: int, from_operator_id: int, to_operator_id: int
    ) -> None:
        """Hand a chat over to another operator."""
        body = {"chat_id": chat_id, "from_operator_id": from_operator_id, "to_operator_id": to_operator_id}
        self._post("chat/transfer", channel_id, body)

    def upload(self, channel_id: int, type_: str, name: str, content: IO[bytes], mime: str) -> dict[str, Any]:
        """A file for a message. `type_`: photo, video, audio, voice or document. Answer: the Resource."""
        fields, start = {**self._place(channel_id), "type": type_}, content.tell()

        def form() -> dict[str, Any]:
            content.seek(start)
            body = FileForm(fields, name, content, mime)
            return {"data": body, "headers": {"Content-Type": body.content_type}}

        answer: dict[str, Any] = answer_json(self._call("POST", "resource", form))
        return answer

    def download(
        self, channel_id: int, resource_id: int, token: str, most: int | None = None
    ) -> Iterator[bytes]:
        """The content of a file of a message, in pieces; the caller keeps the limits of size and time.

        `most`: what says itself that it is larger is refused unread, with UisError (file_too_large).
        """
        place = f"{self._connection.account_id}/{channel_id}/{resource_id}/{quote(token, safe='')}"
        response = self._call("GET", f"resource/{place}/payload", stream=True)
        with closing(response):
            if most is not None:
                check_length(response, most)
            yield from response.iter_content(_CHUNK)

    def _post(self, path: str, channel_id: int, body: dict[str, Any]) -> dict[str, Any]:
        response = self._call("POST", path, json=self._place(channel_id) | body)
        answer = answer_json(response) if response.content else {}
        return answer if isinstance(answer, dict) else {}

    def _place(self, channel_id: int) -> dict[str, Any]:
        return {"account_id": self._connection.account_id, "channel_id": channel_id}

    def _call(
        self, method: str, path: str, fresh: Callable[[], dict[str, Any]] = dict, **options: Any
    ) -> Any:
        """`fresh`: options that are made anew for every attempt, a body that is read for instance."""
        url = f"{self._hosts.chat}/v1/adapter/{path}"
        for _ in range(RENEWALS + 1):
            token = self._token or self._renew()
            try:
                return rest(self._services, self._hosts, method, url, token, **options, **fresh())
            except SessionOver:
                # Refused before anything was done: another token and a repeat are safe.
                self._refused, self._token = token, None
        raise UisError("adapter_login")

    def _renew(self) -> str:
        """Another token than the refused one: what somebody else got meanwhile, else a new one.

        What was to be called is not on its way yet: without an answer here nothing of it was sent.
        """
        with _lock(self._connection):
            self._connection = connections.by_id(self._services, self._connection.id)
            kept = self._kept_token()
            self._token = kept if kept and kept != self._refused else self._new_token()
        return self._token

    def _new_token(self) -> str:
        try:
            return log_in(self._services, self._connection)
        except NoAnswer as error:
            raise NoAnswer(str(error.params["host"]), sent=False) from None
        except UisError as error:
            if error.code != "unexpected_answer":
                raise
            raise NoAnswer(urlsplit(self._hosts.chat).netloc, sent=False) from None

    def _kept_token(self) -> str | None:
        until = self._connection.adapter_token_until
        if until is None or until - RENEW_BEFORE <= self._services.clock.now():
            return None
        return self._connection.secrets.get("adapter_token")

    def _now(self) -> str:
        return self._services.clock.now().isoformat(timespec="milliseconds")


def _until(answer: dict[str, Any]) -> datetime | None:
    expires = answer.get("expires_at")
    try:
        return datetime.fromtimestamp(expires, UTC) if isinstance(expires, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None
