"""The events of a time line: as they came, and what is remembered of those that are kept no more."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from app.base.texts import text
from app.domain.events import (
    ChatAssigned,
    ChatClosed,
    ChatReported,
    ChatStarted,
    Event,
    MessageSeen,
    RequestReported,
    VisitorCard,
)
from app.domain.facts import fact
from app.domain.file_names import safe_name
from app.rules.identity import as_written
from app.storage.models import InboxRow, Message
from app.uis.fields import BadCallback
from app.uis.parse import parse
from app.web.journal import why
from app.web.journal.timeline import Moment, Story

LONGEST = 2_000
"""Characters of a message that are shown."""
AUTHORS = {"visitor", "operator"}
TOLD_BY_REPORTS = (
    "traffic.source_name", "campaign.name", "site.domain_name", "chat.channel_name", "request.form_name",
)  # fmt: skip


def heard(story: Story) -> list[Moment]:
    """Everything that came in."""
    events = [(_event(row), row) for row in story.arrived]
    moments = [
        _unreadable(row, story) if event is None else _told(event, row, story) for event, row in events
    ]
    known = [event for event, _ in events if event is not None]
    reports = [row for event, row in events if isinstance(event, ChatReported)]
    return [*moments, *_beginning(story, known, reports), *_remembered(story, known)]


def _beginning(story: Story, events: Sequence[Event], reports: Sequence[InboxRow]) -> Iterator[Moment]:
    """The beginning of a chat that no callback told of: by the report, else as it is remembered."""
    if any(isinstance(event, ChatStarted | RequestReported) for event in events):
        return
    began = story.row.started_at or story.row.created_at
    first = min(reports, key=lambda row: row.received_at, default=None)
    at, source = (first.received_at, "report") if first is not None else (began, "callback")
    yield _started(at, source, began, story.row.initiator, story)


def _event(row: InboxRow) -> Event | None:
    try:
        return parse(row.kind, row.body)
    except (BadCallback, KeyError):
        return None


def _unreadable(row: InboxRow, story: Story) -> Moment:
    title = text("timeline.unreadable", story.lang)
    return Moment(
        at=row.received_at, kind="event", source=_source(row), title=title, state="failed",
        problem=row.problem,
    )  # fmt: skip


def _source(row: InboxRow) -> str:
    return "report" if row.source == "poll" else "callback"


def _told(event: Event, row: InboxRow, story: Story) -> Moment:
    at, source = row.received_at, _source(row)
    match event:
        case MessageSeen():
            return _message(event, at, source, story)
        case ChatStarted():
            return _started(at, source, event.created_at, event.initiator, story)
        case ChatClosed():
            return _closed(at, source, event.reason, story)
        case ChatAssigned():
            return _plain("assigned", at, source, story, name=_operator(event.operator_id, story))
        case VisitorCard():
            known = [event.name, event.company, *map(as_written, event.phones), *event.emails]
            return _plain("card", at, source, story, _joined(known))
        case ChatReported() | RequestReported():
            code = "reported" if isinstance(event, ChatReported) else "request"
            return _plain(code, at, source, story, _joined([fact(event.facts, n) for n in TOLD_BY_REPORTS]))
        case _:
            return _plain("other", at, source, story)


def _plain(code: str, at: datetime, source: str, story: Story, words: str = "", **params: Any) -> Moment:
    title = text(f"timeline.{code}", story.lang, **params)
    return Moment(at=at, kind="event", source=source, title=title, text=words)


def _joined(known: Sequence[Any]) -> str:
    return ", ".join(dict.fromkeys(str(one) for one in known if one))


def _started(at: datetime, source: str, began: datetime, initiator: str | None, story: Story) -> Moment:
    code = f"started_{initiator}" if initiator in AUTHORS else "started"
    title = text(f"timeline.{code}", story.lang)
    return Moment(at=at, kind="event", source=source, title=title, said_at=began, phase="began")


def _closed(at: datetime, source: str, reason: str | None, story: Story) -> Moment:
    title = text("timeline.closed", story.lang, reason=why.closed(reason, story.lang))
    return Moment(at=at, kind="event", source=source, title=title, phase="over")


def _operator(operator_id: int | None, story: Story) -> str:
    return story.operators.get(operator_id or 0) or (f"№ {operator_id}" if operator_id else "—")


def _message(said: MessageSeen | Message, at: datetime, source: str, story: Story) -> Moment:
    """From a callback or from what is kept: both have the same fields, but for the moment."""
    author = said.source if said.source in AUTHORS else "system" if said.source else "visitor"
    title = text(f"timeline.author.{author}", story.lang)
    if author == "operator":
        title = story.operators.get(said.operator_id or 0) or title
    words = [said.text[:LONGEST]] if said.text else []
    if said.resource:
        name = safe_name(said.resource.get("name") or said.resource.get("file_name"))
        words.append(text("timeline.file", story.lang, name=name))
    began = said.sent_at if isinstance(said, Message) else said.created_at
    return Moment(
        at=at, kind="message", source=source, title=title, text="\n".join(words), said_at=began,
        author=author, state="failed" if said.status == "error" else "done",
    )  # fmt: skip


def _remembered(story: Story, events: Sequence[Event]) -> Iterator[Moment]:
    """What the rows of events, which are kept for a while only, do not tell."""
    row = story.row
    told = {event.message_id for event in events if isinstance(event, MessageSeen)}
    for message in story.messages:
        if message.message_id not in told:
            yield _message(message, message.sent_at, "report" if row.kind == "offline" else "callback", story)
    over = any(isinstance(e, ChatClosed) or (isinstance(e, ChatReported) and e.closed) for e in events)
    if row.closed_at is not None and not over and row.kind == "chat":
        yield _closed(row.closed_at, "callback", row.close_reason, story)
