"""The transcript as timeline comments: one per target and conversation, kept in order; one more after the close.

A message that was late on its way belongs where it was said: the comment is written again in place. What was
said after the close makes a further comment.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from app.domain.conversation import Ledger, PortalView, Snapshot
from app.domain.decision import Decision
from app.domain.message import TranscriptMessage
from app.domain.plan import Ref, Step, StepKind
from app.domain.settings.communication import Communication
from app.rules.attached import attached
from app.rules.filters import matches
from app.rules.markers import reference
from app.rules.questions import role_marker
from app.rules.transcript import render

GROUPED = timedelta(seconds=5)
"""A transcript that is written live follows when nothing was said for so long: not a request per message."""
AT_LATEST = timedelta(seconds=30)
"""However much is being said, nothing waits longer to be written live."""
Entry = dict[str, Any]
"""A comment in the ledger: {"ids": messages in it, "parts": comment ids, "hash": of its texts}."""


def transcript_due(snapshot: Snapshot, settings: Communication) -> bool:
    """Live: whenever something is said; else at the end of the conversation, and when it went on after that."""
    if not settings.transcript.to or (settings.transcript.moment == "end" and not said_out(snapshot)):
        return False
    return settings.transcript.filter is None or matches(settings.transcript.filter, snapshot.facts)


def said_out(snapshot: Snapshot) -> bool:
    """Whether everything is said: an offline request says all at once, an employee's answer is a late addition."""
    return snapshot.kind == "offline" or snapshot.closed_at is not None


def unwritten(snapshot: Snapshot) -> list[TranscriptMessage]:
    """Messages that no comment has yet."""
    entries = [entry for held in snapshot.ledger.transcript.values() for entry in held]
    written = {number for entry in entries for number in entry["ids"]}
    said = (message for message in snapshot.messages if message.text or message.files)
    return [message for message in said if message.id not in written]


def ripe(snapshot: Snapshot, changed_at: datetime, now: datetime) -> bool:
    """Whether a due transcript is written now: live, a pause is waited for, but not for ever."""
    if said_out(snapshot) or now >= changed_at + GROUPED:
        return True
    oldest = min((message.at for message in unwritten(snapshot)), default=None)
    return oldest is not None and now >= oldest + AT_LATEST


def stands_in_activity(snapshot: Snapshot, settings: Communication) -> bool:
    """Whether the activity shows the whole conversation; an activity has no comments of its own."""
    return "activity" in settings.transcript.to and transcript_due(snapshot, settings)


def add_transcripts(
    snapshot: Snapshot, settings: Communication, view: PortalView, decision: Decision
) -> None:
    """Steps that make the comments of every target say what was said."""
    targets = _targets(snapshot.ledger, decision)
    heirs = snapshot.ledger.stands_for
    for kind in dict.fromkeys(heirs.get(kind, kind) for kind in settings.transcript.to):
        if kind in targets:
            _write(snapshot, settings, view, decision, kind, targets[kind])


def _targets(ledger: Ledger, decision: Decision) -> dict[str, int | Ref]:
    """Kind -> id of what the conversation belongs to, or the step that makes it."""
    targets: dict[str, int | Ref] = dict(ledger.entities)
    for kind, value in decision.effects.get("entities", {}).items():
        targets[kind] = Ref(value["$step"]) if isinstance(value, dict) else value
    return targets


def _write(
    snapshot: Snapshot, settings: Communication, view: PortalView, decision: Decision, kind: str, target: int | Ref
) -> None:  # fmt: skip
    written: list[Entry] = snapshot.ledger.transcript.get(kind, [])
    entries: list[Entry] = []
    for number, messages in enumerate(grouped(snapshot, written), start=1):
        old = written[number - 1] if number <= len(written) else {"ids": [], "parts": [], "hash": None}
        mark = role_marker(snapshot, view, f"transcript:{kind}:{number}")
        texts = render(
            messages, lang=view.lang, timezone=view.timezone, files=settings.transcript.files,
            reference=reference(mark),
        )  # fmt: skip
        files = attached(messages) if settings.transcript.files else []
        entries.append(_entry(decision, kind, target, old, messages, texts, mark, number, files))
    if entries != written:
        decision.effects.setdefault("transcript", {})[kind] = entries
        decision.because("transcript_written", entity=str(kind), messages=len(snapshot.messages))


def grouped(snapshot: Snapshot, written: list[Entry]) -> list[list[TranscriptMessage]]:
    """The messages of each comment: the conversation, and what was said after its close."""
    places = {message_id: number for number, entry in enumerate(written) for message_id in entry["ids"]}
    groups: list[list[TranscriptMessage]] = [[] for _ in written]
    for message in snapshot.messages:
        if not (message.text or message.files):
            continue
        place = places.get(message.id, _place(message, snapshot, written))
        groups += [[] for _ in range(place + 1 - len(groups))]
        groups[place].append(message)
    return groups


def _place(message: TranscriptMessage, snapshot: Snapshot, written: list[Entry]) -> int:
    after = snapshot.closed_at is not None and message.at > snapshot.closed_at
    return 1 if after and written else 0


def _entry(
    decision: Decision, kind: str, target: int | Ref, old: Entry,
    messages: list[TranscriptMessage], texts: list[str], mark: str, number: int, files: list[int],
) -> Entry:  # fmt: skip
    digest = hashlib.sha256("\f".join(texts).encode()).hexdigest()[:16]
    if digest == old["hash"] or not texts:
        return old
    parts: list[Any] = list(old["parts"])
    for index, text in enumerate(texts):
        name = f"transcript:{kind}:{number}" + (f":{index + 1}" if index else "")
        if index < len(parts):
            params = {"comment": parts[index], "text": text}
            decision.plan.steps.append(Step(name=name, kind=StepKind.UPDATE_COMMENT, params=params))
        else:
            params = {"entity": kind, "entity_id": target, "text": text}
            params |= {"attach": files} if files and not index else {}
            own = f"{mark}/{index + 1}" if index else mark
            decision.plan.steps.append(Step(name=name, kind=StepKind.ADD_COMMENT, params=params, marker=own))
            parts.append({"$step": name})
    return {"ids": [message.id for message in messages], "parts": parts, "hash": digest}
