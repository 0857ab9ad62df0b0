"""Letters: what is carried from one side to the other, message by message, in the order of its thread."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.plan import Failed, Retry, Unknown


class Exit(StrEnum):
    """Where a letter leaves."""

    LINE = "line"  # an open line of Bitrix24
    UIS = "uis"  # the client, through the Chat API of UIS


class LetterState(StrEnum):
    """Where a letter stands."""

    WAITING = "waiting"  # nothing was sent
    SENT = "sent"  # intent committed; the answer is not recorded yet
    DONE = "done"  # the other side has it, `result` says as what
    FAILED = "failed"  # refused for good; retryable by hand
    IN_DOUBT = "in_doubt"  # no answer says whether it arrived: shown to a person, never sent again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter on its way. `kind` and `body` are a matter of its exit; `thread` is what keeps its order."""

    id: int
    exit: Exit
    thread: str
    conversation_id: int | None
    kind: str
    body: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has it. `result`: what it is called there."""

    result: dict[str, Any] = field(default_factory=dict)


Delivery = Delivered | Retry | Failed | Unknown
