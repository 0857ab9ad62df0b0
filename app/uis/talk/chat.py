"""Chat API: what an operator does, through our adapter. Chat API: "Методы Chat API".

There is no key against repeats: a message whose answer was lost (NoAnswer with `sent`) is in doubt and is never
sent again by itself. `channel_id` is always the adapter's own (of the callbacks).
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import IO, Any
from urllib.parse import quote

from app.storage.services import Services
from app.uis import connection as connections
from app.uis.connection import Connection
from app.uis.errors import SessionOver, UisError
from app.uis.talk.multipart import FileForm
from app.uis.wire import answer_json, check_length, hosts_of, rest, send

RENEW_BEFORE = timedelta(minutes=2)
_CHUNK = 64 * 1024


def log_in(services: Services, connection: Connection) -> str:
    """A new token of our adapter, stored. Raises UisError (adapter_login) when UIS does not accept the login.

    Several at once do no harm: UIS gives each a token, the last one stored stays.
    """
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
    """Calls of one connection. Every method raises NoAnswer, UisError; a stale token is renewed once."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self._services = services
        self._connection = connection
        self._hosts = hosts_of(services, connection.project)
        self._token = self._kept_token()

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
        try:
            return rest(self._services, self._hosts, method, url, self._valid_token(), **options, **fresh())
        except SessionOver:
            # Refused before anything was done: logging in and repeating once is safe.
            self._token = log_in(self._services, self._connection)
        try:
            return rest(self._services, self._hosts, method, url, self._token, **options, **fresh())
        except SessionOver:
            raise UisError("adapter_login") from None

    def _valid_token(self) -> str:
        if self._token is None:
            self._token = log_in(self._services, self._connection)
        return self._token

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
