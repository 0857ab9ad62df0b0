"""The words of an offline request as messages, so that it has a transcript like a chat."""

from collections.abc import Iterator
from datetime import datetime

from app.domain.events import MessageSeen, RequestReported
from app.domain.facts import fact

REQUEST_TEXT, REQUEST_ANSWER = 1, 2
"""Ids of the two messages: UIS gives none, and a request has at most these."""


def spoken_in(event: RequestReported) -> Iterator[MessageSeen]:
    """What the client wrote, and what the employee answered by e-mail."""
    text = fact(event.facts, "request.text") or fact(event.facts, "request.properties")
    if text:
        yield _message(event, REQUEST_TEXT, "visitor", str(text), event.created_at)
    answer = fact(event.facts, "employee.answer_message")
    if answer:
        yield _message(event, REQUEST_ANSWER, "operator", str(answer), event.processed_at)


def _message(
    event: RequestReported, message_id: int, source: str, text: str, at: datetime | None
) -> MessageSeen:
    return MessageSeen(
        chat_id=event.request_id, channel_id=0, message_id=message_id, source=source,
        operator_id=event.employee_id if source == "operator" else None, text=text, created_at=at,
        status=None, reply_to_id=None, resource=None, mnemonic=None,
    )  # fmt: skip
