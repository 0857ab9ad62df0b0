"""One conversation as a time line: what came in, what was decided and why, what was asked of the CRM and answered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.base.texts import text
from app.domain.plan import Plan, Step, StepState
from app.storage.models import Conversation, InboxRow, Message, PlanRow
from app.web.journal import why

_ORDER = ("began", "event", "message", "over", "decision", "call")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One point. `kind`: event | message | decision | call; `source`: callback | report | rules | crm.

    `at` is when we heard of it or did it, `said_at` when it happened, where that is told. Times are aware.
    `phase`: "began" and "over" of the events with which a conversation begins and ends.
    """

    at: datetime
    kind: str
    source: str
    title: str
    text: str = ""
    said_at: datetime | None = None
    phase: str = ""
    author: str | None = None  # of a message: visitor | operator | system
    state: str = "done"  # of a call: see StepState; "failed" of an event that cannot be read
    problem: str | None = None
    method: str | None = None
    lines: tuple[dict[str, str], ...] = ()
    made: tuple[str, int] | None = None  # kind and number of the entity that a call made


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of one conversation, and how to tell it. `operators`: UIS id -> name."""

    row: Conversation
    plans: Sequence[PlanRow]
    messages: Sequence[Message]
    arrived: Sequence[InboxRow]
    operators: Mapping[int, str]
    lang: str


def in_order(moments: Sequence[Moment]) -> list[Moment]:
    """What happened first comes first, whenever we heard of it; of one instant what came before what was made of it."""
    return sorted(moments, key=_place)


def _place(moment: Moment) -> tuple[datetime, bool, datetime, int]:
    """UIS tells whole seconds: nothing of its second comes before the beginning of a conversation.

    What UIS tells of a moment to come happened when we heard of it: its clock is ahead of ours.
    """
    happened = min(moment.at, moment.said_at or moment.at)
    kind = _ORDER.index(moment.phase or moment.kind)
    return happened.replace(microsecond=0), moment.phase != "began", happened, kind


def decided(story: Story) -> Iterator[Moment]:
    """Decisions with their reasons, and the calls of their plans."""
    reasons: set[str] = set()
    for row in story.plans:
        lines = tuple(why.reason_line(reason, story.lang) for reason in row.explanation)
        reasons |= {line["kind"] for line in lines}
        if lines:
            yield _decision(row.created_at, lines, story.lang)
        for step in Plan.from_json(row.steps).steps:
            yield _call(step, row, story.lang)
    passed = story.row.reason
    if passed and passed not in reasons:
        line = {"kind": passed, "text": why.refusal(passed, story.lang)}
        yield _decision(story.row.updated_at, (line,), story.lang)


def _decision(at: datetime, lines: tuple[dict[str, str], ...], lang: str) -> Moment:
    title = text("timeline.decision", lang)
    return Moment(at=at, kind="decision", source="rules", title=title, lines=lines)


def _call(step: Step, row: PlanRow, lang: str) -> Moment:
    told = why.call(step, lang)
    sent = datetime.fromtimestamp(step.sent_at, UTC) if step.sent_at else row.created_at
    made = why.MADE.get(step.kind) if step.state == StepState.DONE else None
    return Moment(
        at=sent, kind="call", source="crm", title=told["step"], text=told["outcome"], state=told["state"],
        problem=told["problem"], method=told["method"],
        made=(made, step.result) if made and step.result else None,
    )  # fmt: skip
