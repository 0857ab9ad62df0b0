"""A robot's message, each step a letter: its card is read, the client is written to, the robot gets its result.

Each step is posted in the transaction that records the end of the one before, under a key of the robot's own token: a
portal that calls twice, or a process that dies between, makes neither a second message nor a second result.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.base.problems import in_words, stored
from app.base.texts import text
from app.base.tokens import sha256
from app.domain.card import Card, unpacked
from app.domain.events import RobotCalled
from app.domain.letters import Post
from app.domain.mail import Exit, Kind, LetterState
from app.pipeline.letters import threads
from app.pipeline.view import section
from app.rules.desk.cards import keys_of
from app.rules.desk.robots import OpenChat, RobotRefused, Scene, message_of
from app.rules.identity import numbers_in
from app.storage.models import Conversation, Installation, OutboxRow
from app.storage.queries import channels, desk, directory, news, outbox
from app.storage.queries.channels import Channel

AREAS = ("robot.refused", "letter.problem", "uis.error")
LOOKED_AT = 50
"""Conversations of a card among which an open one is looked for."""


def post_of(event: RobotCalled) -> Post:
    """The first letter of a call: its card is to be read."""
    body = {
        "card": {"type": event.card_kind, "id": event.card_id}, "token": event.token, "channel": event.channel_id,
        "template_id": event.template_id, "text": event.text, "values": event.values, "user_id": event.user_id,
    }  # fmt: skip
    return Post(
        exit=Exit.PORTAL, kind=Kind.ROBOT, thread=f"robot:{event.card_kind}:{event.card_id}",
        key=f"robot:{_mark(event.token)}", body=body,
    )  # fmt: skip


def settled(session: Session, row: OutboxRow, now: datetime) -> None:
    """A letter ended that a robot waits for."""
    if row.kind == Kind.ROBOT:
        _card_read(session, row, now)
    elif row.body.get("robot"):
        _said(session, row, now)


def _card_read(session: Session, row: OutboxRow, now: datetime) -> None:
    if row.state != LetterState.DONE:
        _result(session, row, row.body["token"], row.state, row.problem, now)
        return
    found = row.result.get("card")
    # What was read of the client stays in no letter.
    row.result = {name: held for name, held in row.result.items() if name != "card"}
    try:
        card = unpacked(found) if found else None
        if card is None:
            raise RobotRefused("card_gone")
        _write(session, row, card, now)
    except RobotRefused as refusal:
        problem = stored(refusal.code, refusal.params)
        _result(session, row, row.body["token"], LetterState.FAILED, problem, now)


def _write(session: Session, row: OutboxRow, card: Card, now: datetime) -> None:
    """Post the message. Raises RobotRefused."""
    installation_id = row.installation_id
    if not section(session, installation_id, "workplace").get("enabled", True):
        raise RobotRefused("workplace_off")
    channel = channels.one(session, installation_id, row.body["channel"]) if row.body["channel"] else None
    if channel is None:
        raise RobotRefused("no_channel")
    chat = _open_chat(session, installation_id, card, channel)
    body = message_of(row.body, _scene(session, row, card, channel, chat, now))
    thread = threads.of_chat(session, installation_id, chat.source_id) if chat else threads.of_start(body)
    letter = Post(
        exit=Exit.UIS, kind=Kind.MESSAGE, thread=thread, key=f"robot-says:{_mark(row.body['token'])}", body=body,
        rank=outbox.last_rank(session, installation_id, Exit.UIS, thread), author_id=row.body["user_id"],
    )  # fmt: skip
    told = {"conversation_id": chat.id if chat else None}
    outbox.post(session, installation_id, [letter.row() | told], now)
    if chat is not None:
        news.tell(session, installation_id, [chat.id])


def _scene(
    session: Session, row: OutboxRow, card: Card, channel: Channel, chat: Conversation | None, now: datetime
) -> Scene:
    wanted = row.body["template_id"]
    template = channel.template(wanted) if wanted is not None else None
    if wanted is not None and template is None:
        raise RobotRefused("template_gone")
    staff = directory.employees(session, row.installation_id)
    return Scene(
        card=card, channel_type=channel.type, channel_name=channel.name, template=template,
        chat=_told(chat) if chat else None,
        pairs={one.user_id: one.uis_id for one in staff if one.active and one.user_id is not None},
        default_employee=section(session, row.installation_id, "open_lines").get("default_employee_id"),
        now=now,
    )  # fmt: skip


def _told(chat: Conversation) -> OpenChat:
    return OpenChat(
        id=chat.source_id, operator_id=chat.operator_id, window_until=chat.window_until,
        client_wrote=chat.client_message_id is not None,
    )  # fmt: skip


def _open_chat(session: Session, installation_id: int, card: Card, channel: Channel) -> Conversation | None:
    """The chat of the card's client in this channel that goes on, the last one that anybody wrote in."""
    own = frozenset[str]().union(*(numbers_in(name) for name in channels.names(session, installation_id)))
    rows = desk.of_keys(session, installation_id, keys_of(card, own), None, LOOKED_AT)
    return next(
        (
            row
            for row in rows
            if row.kind == "chat" and row.closed_at is None and row.channel_id == channel.id
        ),
        None,
    )


def _said(session: Session, row: OutboxRow, now: datetime) -> None:
    _result(session, row, row.body["robot"], row.state, row.problem, now)


def _result(
    session: Session, row: OutboxRow, token: str, state: str, problem: str | None, now: datetime
) -> None:
    """What the robot is told: the first end counts, its token works once. Bitrix24: bizproc-event-send."""
    values = _values(session, row.installation_id, state, problem)
    if values is None:
        return
    letter = Post(
        exit=Exit.PORTAL, kind=Kind.RESULT, thread=f"result:{_mark(token)}", key=f"robot-result:{_mark(token)}",
        body={"token": token, "values": values, "log": values["reason"]},
    )  # fmt: skip
    outbox.post(session, row.installation_id, [letter.row() | {"conversation_id": row.conversation_id}], now)


def _values(session: Session, installation_id: int, state: str, problem: str | None) -> dict[str, Any] | None:
    """`result`: sent | failed | in_doubt, `reason` in the language of the portal; None while nothing is known."""
    if state == LetterState.DONE:
        return {"result": "sent", "reason": ""}
    lang = session.get_one(Installation, installation_id).lang
    if state == LetterState.IN_DOUBT:
        return {"result": "in_doubt", "reason": text("desk.in_doubt", lang)}
    if state != LetterState.FAILED:
        return None

    def say(key: str, **params: object) -> str:
        return text(key, lang, **params)

    return {"result": "failed", "reason": in_words(problem or "", say, *AREAS)}


def _mark(token: str) -> str:
    return sha256(token)[:32]
