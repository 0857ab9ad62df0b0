"""Everything that is known of the place where an operator's letter goes, read in one short transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.facts import fact
from app.domain.mail import Kind, Letter
from app.pipeline.view import section
from app.rules.desk.reach import FITS, NAMES
from app.rules.identity import normalise
from app.storage.database import reading
from app.storage.models import Conversation, Installation, LineDialog, Message, UisChannel, UisConnection
from app.storage.queries import directory
from app.storage.services import Services
from app.uis.errors import UisError

WRITES_FIRST: Mapping[str, tuple[str, ...]] = {
    channel_type: tuple(NAMES[kind] for kind in kinds) for channel_type, kinds in FITS.items()
}
"""Channels in which an operator may begin, and by what: what UIS calls the client's contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a letter goes. `operator_id`: the employee who writes, `paired` whether by a pair of his own."""

    portal_url: str
    channel_id: int  # the adapter's own
    channel_type: str
    templates: Sequence[Mapping[str, Any]]
    chat_id: int | None  # None: there is none yet
    closed: bool
    finished: bool  # the dialog in the line has ended
    chat_operator_id: int | None
    window_until: datetime | None
    operator_id: int
    paired: bool
    contact: Mapping[str, str]


def find(services: Services, installation_id: int, letter: Letter) -> Place:
    """Raises UisError: not_connected, chat_unknown, channel_left, no_employee."""
    with services.sessions() as session:
        session = reading(session)
        dialog = session.get(LineDialog, letter.body["dialog"]) if letter.body.get("dialog") else None
        chat_id = dialog.chat_id if dialog is not None else letter.body.get("chat")
        chat = _chat(session, installation_id, chat_id)
        number = letter.body.get("channel") or (chat.channel_id if chat else None)
        channel = _channel(session, installation_id, number or (dialog.channel_id if dialog else None))
        has_it = _who_has(session, chat)
        operator_id, paired = _operator(session, installation_id, letter, has_it)
        return Place(
            portal_url=session.get_one(Installation, installation_id).portal_url,
            channel_id=channel.adapter_channel_id or 0, channel_type=channel.type, templates=channel.templates,
            chat_id=chat_id, closed=chat is not None and chat.closed_at is not None,
            finished=dialog is None or dialog.finished_at is not None,
            chat_operator_id=has_it,
            window_until=chat.window_until if chat else None, operator_id=operator_id, paired=paired,
            contact=letter.body.get("contact") or (_contact(chat, channel.type) if chat else {}),
        )  # fmt: skip


def _chat(session: Session, installation_id: int, chat_id: int | None) -> Conversation | None:
    query = select(Conversation).where(
        Conversation.installation_id == installation_id, Conversation.kind == "chat",
        Conversation.source_id == chat_id,
    )  # fmt: skip
    return session.scalar(query) if chat_id is not None else None


def _channel(session: Session, installation_id: int, number: int | None) -> UisChannel:
    query = (
        select(UisChannel)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == installation_id, UisChannel.chat_channel_id == number)
    )
    found = session.scalar(query)
    if found is None or not found.joined or found.adapter_channel_id is None:
        raise UisError("channel_left", channel=found.name if found else number or "?")
    return found


def _who_has(session: Session, chat: Conversation | None) -> int | None:
    """The operator of a chat: UIS tells of assignments, else it is who wrote last."""
    if chat is None or chat.operator_id is not None:
        return chat.operator_id if chat else None
    query = (
        select(Message.operator_id)
        .where(Message.conversation_id == chat.id, Message.operator_id.is_not(None))
        .order_by(Message.message_id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _operator(session: Session, installation_id: int, letter: Letter, has_it: int | None) -> tuple[int, bool]:
    """The employee of the user who writes, else the default one, else in words."""
    if letter.body.get("employee_id") is not None:  # a robot writes in the name of one who was chosen
        return int(letter.body["employee_id"]), False
    user_id = letter.body.get("user_id")
    staff = [one for one in directory.employees(session, installation_id) if one.active]
    own = next((one.uis_id for one in staff if user_id and one.user_id == user_id), None)
    if own is not None:
        return own, True
    default = section(session, installation_id, "open_lines").get("default_employee_id")
    if letter.kind == Kind.CLOSE:  # says nothing in anybody's name, so anybody will do
        known = [
            has_it,
            default,
            *(one.uis_id for one in staff if one.user_id),
            *(one.uis_id for one in staff),
        ]
        default = next((int(number) for number in known if number), None)
    if default is not None:
        return int(default), False
    raise UisError("no_employee", user=_user_name(session, installation_id, user_id))


def _user_name(session: Session, installation_id: int, user_id: int | None) -> str:
    users = directory.items(session, installation_id, "users") or []
    return next((str(user.get("title")) for user in users if int(user["id"]) == user_id), f"#{user_id or 0}")


def _contact(chat: Conversation, channel_type: str) -> dict[str, str]:
    """By what the client of an earlier chat can be written to again; empty when nothing fits."""
    phone = normalise(fact(chat.facts, "visitor.phone_number"))
    known = {
        "visitor_phone": phone.lstrip("+") if phone else None,
        "visitor_username": _username(fact(chat.facts, "chat.username")),
        "visitor_email": fact(chat.facts, "visitor.email"),
    }
    usable = WRITES_FIRST.get(channel_type, ())
    return next(({name: str(known[name])} for name in usable if known[name]), {})


def _username(name: Any) -> str | None:
    return f"@{str(name).lstrip('@')}" if name else None
