"""Makes and finds visitors, visits, chats and files, telling nobody. The caller holds the lock."""

import mimetypes
import secrets
from typing import Any

from sandbox.uis.entities import Channel, Chat, Message, Resource, Session, Visitor
from sandbox.uis.state import UisState
from sandbox.uis.traffic import traffic

MESSENGERS = (
    "whatsapp", "telegram", "telegram_private", "viber", "waba", "avito", "auto_ru", "realty_yandex", "sms",
)  # fmt: skip
Source = str | dict[str, Any] | None


class Store(UisState):
    """What the HTTP services and the actions share."""

    def new_visitor(self) -> Visitor:
        """A visitor that UIS has not seen."""
        visitor = Visitor(id=next(self.visitor_ids), person_id=next(self.person_ids))
        self.visitors[visitor.id] = visitor
        return visitor

    def visitor_of(self, channel: Channel, phone: str | None, username: str | None) -> Visitor:
        """Who writes: in a messenger the one with this phone or name, on a site a browser not seen before."""
        number = digits(phone) if phone else None
        if channel.type in MESSENGERS and (number or username):
            for visitor in self.visitors.values():
                if number in visitor.phones or username in visitor.usernames:
                    return visitor
        return self.new_visitor()

    def new_session(
        self, visitor: Visitor, kind: str, source: Source, started: float | None = None
    ) -> Session:
        """A visit that brings the traffic fields of a chat or request."""
        visitor.visits_count += 1
        session = Session(
            id=next(self.session_ids),
            visitor_id=visitor.id,
            started=self.clock.now() if started is None else started,
            traffic=traffic(source, kind),
        )
        session.traffic["visitor_type"] = "Новый" if visitor.visits_count == 1 else "Вернувшийся"
        self.sessions[session.id] = session
        return session

    def new_chat(
        self,
        channel: Channel,
        visitor: Visitor,
        initiator: str,
        source: Source = None,
        session: Session | None = None,
    ) -> Chat:
        """A chat without callbacks, within a visit that is there, or one of its own."""
        visitor.communications += 1
        chat_id = next(self.chat_ids)
        same = self.chat_id_in_reports
        chat = Chat(
            id=chat_id,
            report_id=chat_id if same in ("id", "both") else next(self.report_ids),
            communication_id=chat_id
            if same in ("communication_id", "both")
            else next(self.communication_ids),
            communication_number=visitor.communications,
            channel=channel,
            visitor_id=visitor.id,
            initiator=initiator,
            started=self.clock.now(),
            session=session or self.new_session(visitor, channel.type, source),
            forwarded=any(account.forwards for _, account, _ in self.links_of(channel)),
        )
        self.chats[chat.id] = chat
        return chat

    def set_operator(self, chat: Chat, operator_id: int) -> None:
        """Put an employee in charge, without callbacks; raises ValueError for one who may not chat."""
        if not self.employee(operator_id).chat_enabled:
            raise ValueError(f"employee {operator_id} may not take part in chats")
        chat.is_transfer = chat.is_transfer or chat.employee_id not in (None, operator_id)
        chat.employee_id = operator_id

    def end_chat(self, chat: Chat, reason: str) -> None:
        """Close without a callback."""
        chat.release_cause, chat.closed = reason, self.clock.now()

    def new_resource(self, channel: Channel, kind: str, name: str, data: bytes) -> Resource:
        """Store a file."""
        resource = Resource(
            id=next(self.resource_ids),
            token=secrets.token_urlsafe(16),
            type=kind,
            name=name,
            data=data,
            mime_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            channel_id=channel.id,
        )
        self.resources[resource.id] = resource
        return resource

    def find_message(self, message_id: int) -> tuple[Chat, Message]:
        """Raises ValueError for an unknown id."""
        for chat in reversed(self.chats.values()):
            for message in chat.messages:
                if message.id == message_id:
                    return chat, message
        raise ValueError(f"no message {message_id}")


def fill_card(
    visitor: Visitor,
    *,
    name: str | None = None,
    company: str | None = None,
    comment: str | None = None,
    phones: list[str] | None = None,
    emails: list[str] | None = None,
    usernames: list[str] | None = None,
) -> None:
    """Add to what is known of a visitor; nothing is taken away."""
    visitor.name = name or visitor.name
    visitor.company = company or visitor.company
    visitor.comment = comment or visitor.comment
    visitor.phones += [found for found in map(digits, phones or []) if found not in visitor.phones]
    visitor.emails += [email for email in emails or [] if email not in visitor.emails]
    visitor.usernames += [username for username in usernames or [] if username not in visitor.usernames]


def digits(phone: str) -> str:
    """A phone as the pages show it: E.164 without the plus; raises ValueError when it is none."""
    found = "".join(sign for sign in phone if sign.isdigit())
    if not 10 <= len(found) <= 15:
        raise ValueError(f"{phone!r} is no phone number in E.164")
    return found
