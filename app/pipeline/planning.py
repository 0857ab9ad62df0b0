"""The middle of a round: which conversations are decided now, and their plans saved before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.domain.conversation import Ledger, Snapshot
from app.domain.crm import CrmFacts
from app.domain.decision import Ask, Decision, Follow, Skip, Wait
from app.pipeline.desk import cards
from app.pipeline.known import KNOWN, known_to_json
from app.pipeline.snapshots import apply_effects, snapshots
from app.pipeline.view import Portal
from app.rules.consider import consider
from app.rules.decide import decide
from app.rules.follow_up import follow_up
from app.storage.models import Conversation, PlanRow
from app.storage.queries import conversations, turns

log = structlog.get_logger()
REPORT_SOON = timedelta(seconds=3)
"""When to read the report for a decision that waits: chats that begin together share the read."""
HELD = timedelta(seconds=1)
"""When to look again at a conversation whose client another one is working for."""


@dataclass(slots=True, kw_only=True)
class Agenda:
    """What one round does: conversations to ask about, and those that can be planned without asking."""

    ask: dict[int, tuple[Snapshot, Ask]] = field(default_factory=dict)
    follow: dict[int, Snapshot] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)  # why the CRM does not answer for a conversation
    wants_report: bool = False
    seen: dict[int, int] = field(default_factory=dict)  # conversation id -> value of `changed` that was seen


def agenda(session: Session, portal: Portal, rows: Sequence[Conversation], now: datetime) -> Agenda:
    """Consider due conversations without a plan in flight. Rows of those that wait or are refused say so afterwards.

    Writes nothing: the caller keeps the rows that have changed.
    """
    result = Agenda(seen={row.id: row.changed for row in rows})
    looks = snapshots(session, portal, rows)
    for row in rows:
        try:
            _place(result, row, looks[row.id], portal, now)
        except Exception as error:
            fail(row, f"internal:{type(error).__name__}", now)
            log.exception("conversation_not_considered", conversation=row.id, portal=portal.id)
    _hold_clients(session, portal, result, rows, now)
    return result


def _place(result: Agenda, row: Conversation, snapshot: Snapshot, portal: Portal, now: datetime) -> None:
    settings = portal.settings_of(row.kind)
    verdict = consider(snapshot, settings, portal.view, now)
    if isinstance(verdict, Wait):
        row.due_at = verdict.until
        result.wants_report |= verdict.report
    elif isinstance(verdict, Skip):
        row.state, row.reason, row.due_at, row.updated_at = "filtered", verdict.reason.code, None, now
    elif isinstance(verdict, Ask):
        result.ask[row.id] = (snapshot, verdict)
    elif isinstance(verdict, Follow):
        result.follow[row.id] = snapshot


def _hold_clients(
    session: Session, portal: Portal, result: Agenda, rows: Sequence[Conversation], now: datetime
) -> None:
    """Two conversations of one client never decide side by side: the later one waits a round."""
    by_id = {row.id: row for row in rows}
    wanted = frozenset().union(*(verdict.keys for _, verdict in result.ask.values()))
    taken = conversations.held_keys(session, portal.id, wanted, result.ask.keys()) if wanted else set()
    for conversation_id in sorted(result.ask):
        keys = result.ask[conversation_id][1].keys
        if keys & taken:
            del result.ask[conversation_id]
            by_id[conversation_id].due_at = now + HELD
        else:
            taken |= keys


def decide_all(
    portal: Portal,
    plan: Agenda,
    answers: Mapping[int, CrmFacts],
    now: datetime,
    changed_at: Mapping[int, datetime],
) -> dict[int, Decision]:
    """Decisions by conversation id. One that the rules break on is left out: `save` shows it as failed."""
    decisions: dict[int, Decision] = {}
    for conversation_id in (*plan.ask, *plan.follow):
        if conversation_id in plan.refused:
            continue
        try:
            decisions[conversation_id] = _decide(portal, plan, conversation_id, answers, now, changed_at)
        except Exception:
            log.exception("conversation_not_decided", conversation=conversation_id, portal=portal.id)
    return decisions


def _decide(
    portal: Portal, plan: Agenda, conversation_id: int, answers: Mapping[int, CrmFacts], now: datetime,
    changed_at: Mapping[int, datetime],
) -> Decision:  # fmt: skip
    if conversation_id in plan.ask and not plan.ask[conversation_id][0].ledger.decided:
        return _decide_anew(portal, plan.ask[conversation_id][0], answers[conversation_id])
    asked = conversation_id in plan.ask
    snapshot = plan.ask[conversation_id][0] if asked else plan.follow[conversation_id]
    settings, crm = portal.settings_of(snapshot.kind), answers.get(conversation_id)
    return follow_up(snapshot, settings, portal.view, now, changed_at[conversation_id], crm)


def _decide_anew(portal: Portal, snapshot: Snapshot, answers: CrmFacts) -> Decision:
    """One after the other: the next decision of the round sees the turns that this one took."""
    decision = decide(snapshot, portal.settings_of(snapshot.kind), portal.view, answers)
    portal.turns.update(decision.turns)
    decision.effects[KNOWN] = known_to_json(snapshot, answers)
    return decision


def save(
    session: Session, portal: Portal, plan: Agenda, decisions: Mapping[int, Decision],
    rows: Mapping[int, Conversation], now: datetime,
) -> None:  # fmt: skip
    """Save the plans, as far as they are carried out by now; empty ones settle at once."""
    keys = {conversation_id: verdict.keys for conversation_id, (_, verdict) in plan.ask.items()}
    conversations.keep_keys(session, portal.id, keys)
    taken: dict[str, turns.Turn] = {}
    before = [(row, cards.entities_of(row)) for row in rows.values()]
    for conversation_id in (*plan.ask, *plan.follow):
        row = rows[conversation_id]
        row.decided = plan.seen[conversation_id]
        decision = decisions.get(conversation_id)
        taken |= decision.turns if decision else {}
        if decision is None:
            fail(row, plan.refused.get(conversation_id, "internal"), now)
            continue
        if decision.plan.steps:
            session.add(_plan_row(conversation_id, decision, now))
        else:
            _settle_empty(session, row, decision, now)
    turns.keep(session, portal.id, taken)
    cards.link(session, portal.id, before, now)


def _plan_row(conversation_id: int, decision: Decision, now: datetime) -> PlanRow:
    return PlanRow(
        conversation_id=conversation_id, steps=decision.plan.to_json(),
        effects=decision.effects | _after(decision),
        explanation=[reason.to_json() for reason in decision.explanation], created_at=now,
    )  # fmt: skip


def _after(decision: Decision) -> dict[str, Any]:
    return {"$look_again": decision.look_again.timestamp()} if decision.look_again else {}


def _settle_empty(session: Session, row: Conversation, decision: Decision, now: datetime) -> None:
    ledger = apply_effects(Ledger.from_json(row.ledger), decision.effects, decision.plan)
    row.ledger = ledger.to_json()
    kept = row.reason if decision.state == "filtered" else None
    row.state, row.reason, row.problem = decision.state, decision.reason or kept, None
    # Not `updated_at`: it says when something came in, which pauses count from. What the mail lane took in since the
    # conversation was looked at has made it due.
    row.due_at = decision.look_again if row.changed == row.decided else row.due_at
    if decision.explanation:
        settled = _plan_row(row.id, decision, now)
        settled.settled_at = now
        session.add(settled)


def fail(row: Conversation, problem: str, now: datetime) -> None:
    """A person has to look: visible in the journal, retryable."""
    row.state, row.problem, row.due_at, row.updated_at = "failed", problem, None, now
