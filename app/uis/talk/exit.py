"""The way out to a client, for open lines and for the operator workplace: see `app.pipeline.letters.exits.ExitSide`.

Chat API: "Отправка сообщения", "Создание чата", "Трансфер чата", "Завершение чата". UIS takes one message a request and
no key of ours; what it answers has the form of its callbacks and goes the way of callbacks. Its twin for lines is
`bitrix_app.open_lines.exit`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.domain.mail import Delivered, Delivery, Kind, Letter
from app.domain.plan import Failed, Retry, Unknown
from app.pipeline.accept import accept
from app.pipeline.letters.exits import ExitAway
from app.rules.desk.waba import is_closed, template_for
from app.storage.models import LineDialog, MailWork, OutboxRow
from app.storage.queries import work
from app.storage.services import Services
from app.uis import connection as connections
from app.uis.connection import Connection
from app.uis.errors import NoAnswer, UisError
from app.uis.keys import dedup_key, message_key
from app.uis.parse import OWN_ANSWER, parse
from app.uis.problem import as_problem
from app.uis.reports import poll
from app.uis.talk import files as line_files
from app.uis.talk import place as line_place
from app.uis.talk.chat import ChatApi
from app.uis.talk.pause import Pause
from app.uis.talk.place import WRITES_FIRST, Place

log = structlog.get_logger()
AWAY_S = 10.0
CONFLICT = 409
"""How a server says that something is not in the state that was expected; UIS documents no statuses."""


class ClientExit:
    """One portal's clients. Everything is read anew for every letter: pairs and channels change."""

    looks_up = True

    def __init__(self, services: Services, installation_id: int) -> None:
        self.services = services
        self.installation_id = installation_id
        self._pause = Pause()

    def pack(self, runs: Sequence[Sequence[Letter]]) -> list[list[Letter]]:
        """Every message is a request of its own."""
        return [[run[0]] for run in runs]

    def reserve(self, timeout: float) -> bool:
        """UIS documents no limit of the Chat API."""
        return True

    def send(self, group: Sequence[Letter]) -> list[Delivery]:
        return [self._send(letter) for letter in group]

    def look_up(self, letters: Sequence[Letter]) -> list[Delivery]:
        """Read the chats from the report: what is found there clears the doubt when it is folded in."""
        connection = connections.of_installation(self.services, self.installation_id)
        chats = {(letter.result.get("said") or {}).get("chat") for letter in letters} - {None}
        if connection is not None and "data_api_key" in connection.secrets and chats:
            try:
                poll.read_chats(self.services, connection.id, [int(chat) for chat in chats if chat])
            except UisError as error:
                log.warning("doubts_not_looked_up", portal=self.installation_id, code=error.code)
        return [Unknown("not in the report yet") for _ in letters]

    def _send(self, letter: Letter) -> Delivery:
        errand: _Errand | None = None
        try:
            connection = connections.of_installation(self.services, self.installation_id)
            if connection is None or connection.state not in ("connected", "broken"):
                return Failed("not_connected")
            errand = _Errand(self.services, connection, letter)
            return self._heard(errand, errand.run())
        except (SQLAlchemyError, TimeoutError) as error:
            if errand and errand.shown:
                raise
            # The database was away before anything was said to the client: that is no doubt.
            log.warning("letter_held_up", portal=self.installation_id, error=type(error).__name__)
            return Retry(AWAY_S, f"internal:{type(error).__name__}", counts=False)
        except NoAnswer as error:
            # Nothing that a client sees was on its way: that part answers for itself.
            pause = self._pause.lengthen(self.services.clock.now())
            raise ExitAway(as_problem(error), pause) from None
        except UisError as error:
            failed = Failed(as_problem(error))
            return self._heard(errand, failed) if errand else failed

    def _heard(self, errand: "_Errand", delivery: Delivery) -> Delivery:
        """Whatever UIS says to a message, it answers."""
        if errand.shown and not isinstance(delivery, Unknown):
            self._pause.end()
        return delivery


class _Errand:
    """Carrying one letter. `shown`: something that a client sees, or that cannot be repeated, is on its way."""

    def __init__(self, services: Services, connection: Connection, letter: Letter) -> None:
        self.services = services
        self.connection = connection
        self.letter = letter
        self.api = ChatApi(services, connection)
        self.shown = False

    def run(self) -> Delivery:
        """Raises UisError for what was refused, NoAnswer as long as the client got nothing."""
        if self.letter.kind == Kind.CLOSE:
            return self.close()
        return self.transfer() if self.letter.kind == Kind.TRANSFER else self.message()

    def message(self) -> Delivery:
        """Raises UisError for what was refused, NoAnswer as long as the client got nothing."""
        place = self._place()
        template = self.letter.body.get("template") or self._template(place)
        is_open = place.chat_id is not None and not place.closed
        if is_open and template is None:
            self._check_window(place)
        try:
            resource = self._resource(place)
        except NoAnswer as error:
            return Retry(AWAY_S, as_problem(error))  # of this file only, wherever it hangs
        if is_open:
            self._hand_over(place)
            try:
                return self._say(place, resource, template)
            except UisError as error:
                if error.params.get("status") != CONFLICT or place.channel_type not in WRITES_FIRST:
                    raise
        return self._anew(place, resource, template)

    def _check_window(self, place: Place) -> None:
        if is_closed(place.channel_type, place.window_until, self.services.clock.now()):
            raise UisError("window_closed")

    def _anew(
        self, place: Place, resource: dict[str, Any] | None, template: Mapping[str, Any] | None
    ) -> Delivery:
        """In a chat of its own: the one that there was is closed."""
        try:
            begun = self._begin(place, template)
        except NoAnswer as error:
            if not error.sent:
                raise
            return Unknown(as_problem(error))  # there may be a chat: it is not made once more by itself
        return self._say(begun, resource, template)

    def close(self) -> Delivery:
        """End the chat, unless it is over, or the dialog goes on since."""
        place = self._place()
        if place.closed or not place.finished or place.chat_id is None:
            return Delivered({"needless": True})
        try:
            self.api.close_chat(place.channel_id, place.chat_id, place.operator_id)
        except NoAnswer as error:
            return Retry(AWAY_S, as_problem(error), counts=error.sent)
        except UisError as error:
            if error.params.get("status") not in (CONFLICT, 404, 410) and error.code != "missing":
                raise
            return Delivered({"needless": True})
        told = {"chat_id": place.chat_id, "operator_id": place.operator_id, "reason": "closed_by_operator"}
        self._take_in("chat/close", self._at(place) | told)
        return Delivered()

    def transfer(self) -> Delivery:
        """Give the chat to a colleague, unless he has it. Repeating it shows nothing to the client."""
        place, to = self._place(), int(self.letter.body["to"])
        if place.closed or place.chat_id is None:
            raise UisError("chat_closed_there")
        if place.chat_operator_id == to:
            return Delivered({"needless": True})
        try:
            self.api.transfer_chat(
                place.channel_id, place.chat_id, place.chat_operator_id or place.operator_id, to
            )
        except NoAnswer as error:
            return Retry(AWAY_S, as_problem(error), counts=error.sent)
        told = {"chat_id": place.chat_id, "operator_id": to}
        self._take_in("chat/update", self._at(place) | told)
        return Delivered()

    def _place(self) -> Place:
        return line_place.find(self.services, self.connection.installation_id, self.letter)

    def _template(self, place: Place) -> dict[str, Any] | None:
        if place.channel_type != "waba":
            return None
        return template_for(str(self.letter.body.get("text") or ""), place.templates)

    def _begin(self, place: Place, template: Mapping[str, Any] | None) -> Place:
        """A new chat with the same client, where the channel lets operators begin."""
        if place.channel_type not in WRITES_FIRST:
            raise UisError("chat_closed")
        if not place.contact:
            raise UisError("chat_closed_unreachable")
        if place.channel_type == "waba" and template is None:
            raise UisError("window_closed")
        self.shown = True
        answer = self.api.start_chat(place.channel_id, place.operator_id, dict(place.contact))
        chat_id = answer.get("chat_id")
        if not isinstance(chat_id, int):
            raise UisError("unexpected_answer", host="UIS", status=200)
        self._take_in("chat", self._at(place) | answer | {"initiator": "operator"})
        self._move_dialog(chat_id)
        return replace(place, chat_id=chat_id, closed=False, chat_operator_id=place.operator_id)

    def _move_dialog(self, chat_id: int) -> None:
        number = self.letter.body.get("dialog")
        if number is None:
            return
        with self.services.sessions.begin() as session:
            work.hold(session, self.connection.installation_id, MailWork)
            session.get_one(LineDialog, number).chat_id = chat_id

    def _resource(self, place: Place) -> dict[str, Any] | None:
        """The file of a message, uploaded. Repeating it shows nothing to anybody."""
        files = self.letter.body.get("files") or []
        if not files:
            return None
        if files[0].get("resource"):
            return dict(files[0]["resource"])
        file = line_files.fetch(self.services, place.portal_url, files[0]["url"], files[0].get("name"))
        type_ = line_files.resource_type(file.kind)
        return self.api.upload(place.channel_id, type_, file.name, file.content, file.kind)

    def _hand_over(self, place: Place) -> None:
        """Another operator answers: the chat is his from now on. A refusal keeps nobody from answering."""
        if not place.paired or place.chat_operator_id in (None, place.operator_id) or place.chat_id is None:
            return
        assert place.chat_operator_id is not None
        try:
            self.api.transfer_chat(place.channel_id, place.chat_id, place.chat_operator_id, place.operator_id)
        except UisError as error:
            log.info("chat_not_transferred", portal=self.connection.installation_id, code=error.code)
        else:
            told = {"chat_id": place.chat_id, "operator_id": place.operator_id}
            self._take_in("chat/update", self._at(place) | told)

    def _say(
        self, place: Place, resource: dict[str, Any] | None, template: Mapping[str, Any] | None
    ) -> Delivery:
        """The one call that a client sees: what it is about to say is committed first, to be recognised later."""
        assert place.chat_id is not None
        text = self._text()
        if not text and resource is None and template is None:
            raise UisError("nothing_to_send")
        self._remember(place, text, resource)
        self.shown = True
        try:
            answer = self.api.send_message(
                place.channel_id, place.chat_id, place.operator_id, text,
                reply_to_id=self.letter.body.get("reply_to"), resource=resource,
                context={"template": dict(template)} if template else None,
            )  # fmt: skip
        except NoAnswer as error:
            if not error.sent:
                raise
            return Unknown(as_problem(error))
        except UisError as error:
            if error.code == "unexpected_answer":
                return Unknown(as_problem(error))
            raise
        return self._said(place, text, answer)

    def _text(self) -> str:
        text, name = str(self.letter.body.get("text") or ""), self.letter.body.get("signature")
        return f"{name}:\n{text}" if name and text else text

    def _remember(self, place: Place, text: str, resource: Mapping[str, Any] | None) -> None:
        said = {"chat": place.chat_id, "operator_id": place.operator_id, "text": text}
        if resource and resource.get("name"):
            said["file"] = resource["name"]
        with self.services.sessions.begin() as session:
            row = session.get_one(OutboxRow, self.letter.id)
            row.result = row.result | {"said": said}

    def _said(self, place: Place, text: str, answer: Mapping[str, Any]) -> Delivery:
        number = answer.get("id")
        if not isinstance(number, int):
            return Unknown("an answer without an id")
        told = {
            "id": number, "chat_id": place.chat_id, "source": "operator", "operator_id": place.operator_id,
            "text": text, "created_at": answer.get("created_at") or self.services.clock.now().isoformat(),
            "reply_to_id": self.letter.body.get("reply_to"), "resource": answer.get("resource"),
            "status": answer.get("status"), OWN_ANSWER: True,
        }  # fmt: skip
        event = {"kind": "message", "key": message_key(number, text), "body": self._at(place) | told}
        return Delivered({"events": [event]}, remote_id=number)

    def _at(self, place: Place) -> dict[str, Any]:
        """How callbacks say where something happens."""
        return {"context": {}, "account_id": self.connection.account_id, "channel_id": place.channel_id}

    def _take_in(self, kind: str, body: Mapping[str, Any]) -> None:
        """What UIS answered, as if it had called back: it does not of what we do ourselves."""
        raw = json.dumps(body, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        key = dedup_key(parse(kind, raw), kind, raw, self.services.clock.now())
        if kind == "chat/update":
            # Unlike a callback this is no repeat: a chat that went there and back within a minute went there again.
            key = f"{key}:{self.letter.id}"
        accept(
            self.services, self.connection.installation_id, source="uis", kind=kind, dedup_key=key, body=raw
        )
