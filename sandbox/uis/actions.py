"""What visitors and UIS's own operators do in chats. Wrong orders raise ValueError in words."""

import mimetypes

from sandbox.uis import callbacks
from sandbox.uis.entities import Channel, Chat, Message, Visitor
from sandbox.uis.store import Source, Store, digits, fill_card

REASONS = (
    "closed_by_timeout", "invite_rejected", "closed_by_operator", "closed_by_visitor", "visitor_banned",
    "external_window_closed", "visitor_disconnected", "visitor_session_expired", "closed_by_scenario",
)  # fmt: skip
RESOURCE_TYPES = ("photo", "video", "audio", "voice", "document")
STATUSES = ("accepted", "delivered", "read", "sent", "error")
File = tuple[str, bytes]


class ChatActions(Store):
    """Chats from the side of visitors and of the operator workplace. Ids are those of the Chat API."""

    def visitor_starts_chat(
        self,
        channel_id: int = 740806,
        *,
        visitor: int | None = None,
        phone: str | None = None,
        name: str | None = None,
        email: str | None = None,
        username: str | None = None,
        text: str | None = None,
        source: Source = None,
        initiator: str = "visitor",
        session: int | None = None,
    ) -> Chat:
        """A new chat. `visitor` is the id of a known one; in messengers the phone or username tells. `text` is
        the first message. `session` is the visit of the site's own script, else the chat makes one.

        `source` is a preset of `sandbox.uis.traffic` or a dict of report fields. A name, or an e-mail, makes
        a visitor card, so its callback follows. Phones: digits with or without plus.
        """
        with self.lock:
            channel = self._channel(channel_id)
            person = self.visitor(visitor) if visitor else self.visitor_of(channel, phone, username)
            fill_card(person, name=name, phones=_list(phone), emails=_list(email), usernames=_list(username))
            visit = self.sessions.get(session or 0)
            if visit is not None and visit.visitor_id != person.id:
                raise ValueError(f"session {session} is not one of visitor {person.id}")
            chat = self.new_chat(channel, person, initiator, source, visit)
            callbacks.call_back(self, chat, "/chat", lambda link: callbacks.chat_body(self, link, chat))
            if name or email:
                self._send_card(person, [chat])
            if text:
                self.visitor_writes(chat.id, text)
            return chat

    def visitor_writes(
        self, chat_id: int, text: str = "", file: File | None = None, reply_to: int | None = None
    ) -> Message:
        """A message of the visitor; `file` is (name, bytes), `reply_to` a message of the chat that is quoted."""
        with self.lock:
            chat = self._open_chat(chat_id)
            return self._say(chat, "visitor", text, file=file, reply_to=reply_to)

    def operator_writes(
        self,
        chat_id: int,
        text: str,
        operator_id: int = 367852,
        file: File | None = None,
        reply_to: int | None = None,
    ) -> Message:
        """An answer from UIS's own workplace; takes a chat that nobody took. Not in a forwarded chat."""
        with self.lock:
            chat = self._open_chat(chat_id)
            self._refuse_forwarded(chat)
            if chat.employee_id is None:
                self.assign(chat_id, operator_id)
            return self._say(chat, "operator", text, operator_id, file, reply_to=reply_to)

    def system_writes(
        self, chat_id: int, text: str, mnemonic: str | None = None, source: str = "system"
    ) -> Message:
        """A message of UIS itself: `system`, `autoinvite`, `chatbot`, `retention`, `form_text`."""
        with self.lock:
            return self._say(self._open_chat(chat_id), source, text, mnemonic=mnemonic)

    def edit_message(self, message_id: int, text: str) -> Message:
        """Its author changes a message; only adapters of v2 are told."""
        with self.lock:
            chat, message = self.find_message(message_id)
            message.text, message.edited = text, True
            callbacks.call_back(
                self,
                chat,
                "/message",
                lambda link: callbacks.edited_body(self, link, chat, message),
                version="v2",
            )
            return message

    def message_status(self, message_id: int, status: str) -> Message:
        """What became of an operator's message: `accepted`, `sent`, `delivered`, `read`, `error`."""
        if status not in STATUSES:
            raise ValueError(f"unknown status {status!r}")
        with self.lock:
            chat, message = self.find_message(message_id)
            message.status = status
            callbacks.call_back(
                self, chat, "/message/status", lambda link: callbacks.status_body(self, link, chat, message)
            )
            return message

    def visitor_reads(self, chat_id: int) -> Chat:
        """The visitor looks at the chat: what operators wrote and reached them becomes read."""
        with self.lock:
            chat = self.chat(chat_id)
            for message in chat.messages:
                if message.source == "operator" and message.status in ("sent", "delivered"):
                    self.message_status(message.id, "read")
            return chat

    def assign(self, chat_id: int, operator_id: int) -> Chat:
        """Give a chat to an employee; a second time is a transfer. Not in a forwarded chat."""
        with self.lock:
            chat = self._open_chat(chat_id)
            self._refuse_forwarded(chat)
            self.set_operator(chat, operator_id)
            for version, method, path in (("v2", "PATCH", "/chat"), ("v1", "POST", "/chat/operator")):
                callbacks.call_back(
                    self, chat, path, lambda link: callbacks.operator_body(self, link, chat), method, version
                )
            return chat

    def close_chat(
        self, chat_id: int, reason: str = "closed_by_visitor", operator_id: int | None = None
    ) -> Chat:
        """End a chat for one of `REASONS`; by an operator only when it is not forwarded."""
        if reason not in REASONS:
            raise ValueError(f"unknown reason {reason!r}; known: {', '.join(REASONS)}")
        with self.lock:
            chat = self._open_chat(chat_id)
            if reason == "closed_by_operator":
                self._refuse_forwarded(chat)
                operator_id = self.employee(operator_id or chat.employee_id or 0).id
            self.end_chat(chat, reason)
            callbacks.call_back(
                self, chat, "/chat/close", lambda link: callbacks.close_body(self, link, chat, operator_id)
            )
            return chat

    def invite_rejected(
        self, channel_id: int = 740806, *, visitor: int | None = None, source: Source = None
    ) -> Chat:
        """UIS invites a visitor of the site by itself and the visitor turns it down."""
        with self.lock:
            chat = self.visitor_starts_chat(
                channel_id, visitor=visitor, source=source, initiator="autoinvite"
            )
            self.system_writes(chat.id, "Здравствуйте! Чем я могу помочь?", source="autoinvite")
            return self.close_chat(chat.id, "invite_rejected")

    def visitor_card(
        self,
        visitor_id: int,
        *,
        name: str | None = None,
        company: str | None = None,
        comment: str | None = None,
        phones: list[str] | None = None,
        emails: list[str] | None = None,
    ) -> Visitor:
        """The card was filled or changed; None leaves a field. One callback per channel of the visitor."""
        with self.lock:
            visitor = self.visitor(visitor_id)
            fill_card(visitor, name=name, company=company, comment=comment)
            visitor.phones = [digits(phone) for phone in phones] if phones is not None else visitor.phones
            visitor.emails = [*emails] if emails is not None else visitor.emails
            self._send_card(visitor, [chat for chat in self.chats.values() if chat.visitor_id == visitor_id])
            return visitor

    def _say(
        self,
        chat: Chat,
        source: str,
        text: str,
        operator_id: int | None = None,
        file: File | None = None,
        mnemonic: str | None = None,
        reply_to: int | None = None,
    ) -> Message:
        if not text and file is None:
            raise ValueError("a message needs a text or a file")
        if reply_to is not None and all(one.id != reply_to for one in chat.messages):
            raise ValueError(f"chat {chat.id} has no message {reply_to}")
        message = Message(
            id=next(self.message_ids),
            chat_id=chat.id,
            source=source,
            text=text,
            created=self.clock.now(),
            employee_id=operator_id,
            reply_to_id=reply_to,
            resource=self.new_resource(chat.channel, _kind(file[0]), *file) if file else None,
            mnemonic=mnemonic,
        )
        chat.messages.append(message)
        callbacks.call_back(
            self, chat, "/message", lambda link: callbacks.message_body(self, link, chat, message)
        )
        return message

    def _send_card(self, visitor: Visitor, chats: list[Chat]) -> None:
        latest = {chat.channel.id: chat for chat in chats}
        for chat in latest.values():
            callbacks.call_back(
                self, chat, "/visitor/card", lambda link: callbacks.card_body(self, link, visitor)
            )

    def _open_chat(self, chat_id: int) -> Chat:
        chat = self.chat(chat_id)
        if chat.release_cause is not None:
            raise ValueError(f"chat {chat_id} is closed: {chat.release_cause}")
        return chat

    def _channel(self, channel_id: int) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None or channel.is_removed or not channel.is_active:
            raise ValueError(f"no working channel {channel_id}")
        return channel

    @staticmethod
    def _refuse_forwarded(chat: Chat) -> None:
        if chat.forwarded:
            raise ValueError(f"chat {chat.id} is forwarded to an adapter, UIS's own operators do not get it")


def _list(value: str | None) -> list[str]:
    return [value] if value else []


def _kind(name: str) -> str:
    family = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    return {"image": "photo", "video": "video", "audio": "audio"}.get(family, "document")
