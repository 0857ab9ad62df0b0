"""Letters: what is carried from one side to the other, message by message, in the order of its thread."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.plan import Failed, Retry, Unknown


class Exit(StrEnum):
    """Where a letter leaves."""

    LINE = "line"  # an open line of Bitrix24
    UIS = "uis"  # the client, through the Chat API of UIS
    PORTAL = "portal"  # the CRM and the people of the portal


class LetterState(StrEnum):
    """Where a letter stands."""

    WAITING = "waiting"  # nothing was sent
    SENT = "sent"  # intent committed; the answer is not recorded yet
    DONE = "done"  # the other side has it, `result` says as what
    FAILED = "failed"  # refused for good; retryable by hand
    DROPPED = "dropped"  # a person said that nothing more is to be done about it
    IN_DOUBT = "in_doubt"  # no answer says whether it arrived: shown to a person, never sent again by itself


class Kind(StrEnum):
    """What a letter does there; `app.domain.letters` says what their bodies hold."""

    MESSAGE = "message"  # says something; the only kind, with NOTICE, that would be seen twice
    NOTICE = "notice"  # words of ours for operators of a line
    EDIT = "edit"  # changes a message of the client in a line
    DELETE = "delete"  # takes a message of the client out of a line
    DELIVERY = "delivery"  # tells a line that the client has an operator's message
    FINISH = "finish"  # ends the dialog in a line
    CLOSE = "close"  # ends the chat at UIS
    TRANSFER = "transfer"  # gives the chat at UIS to another operator
    NOTE = "note"  # writes a note of an operator into the timeline of a card
    REMIND = "remind"  # tells a person that a client waits
    TRIGGER = "trigger"  # tells the automation of the CRM that something happened
    ROBOT = "robot"  # finds whom a robot wants to write to
    RESULT = "result"  # tells a robot what became of its message


REPEATABLE = frozenset(
    {Kind.EDIT, Kind.DELETE, Kind.DELIVERY, Kind.FINISH, Kind.CLOSE, Kind.TRANSFER, Kind.REMIND, Kind.ROBOT,
     Kind.RESULT}
)  # fmt: skip
"""Twice is the same as once: cut off, they are sent again. The others would be in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter on its way. `kind` and `body` are a matter of its exit; `thread` is what keeps its order:
    by `rank`, then by `id`."""

    id: int
    exit: Exit
    thread: str
    conversation_id: int | None
    kind: str
    body: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)
    rank: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has it. `result`: what it is called there; `remote_id`: its number as a message, if it is one."""

    result: dict[str, Any] = field(default_factory=dict)
    remote_id: int | None = None


Delivery = Delivered | Retry | Failed | Unknown
