"""The life of what we made: a converted lead is followed to its deal and contact, a merged entity to the one that
remains, a deleted one is told once.

The CRM is asked when something is about to be written to a lead, or when a write met nothing; events of the portal
are not needed for it, so a lost one does no harm. Bitrix24: crm/leads (conversion), crm/duplicates (merge).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.domain.conversation import Ledger, PortalView, Snapshot
from app.domain.crm import CrmFacts, Entity, Kind, Questions
from app.domain.decision import Decision
from app.domain.settings.communication import Communication
from app.rules.client import CONVERTED
from app.rules.comments import ripe, transcript_due, unwritten
from app.rules.identity import spellings
from app.rules.questions import emails_of, phones_of


def life_questions(
    snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime
) -> Questions | None:
    """What must be read before this conversation is written any further; None when nothing must."""
    ledger = snapshot.ledger
    known: dict[Kind, tuple[int, ...]] = {Kind(kind): (number,) for kind, number in ledger.entities.items()}
    if ledger.lost:
        phones = tuple(tuple(spellings(phone)) for phone in phones_of(snapshot, view))
        return Questions(phones=phones, emails=emails_of(snapshot), known=known)
    if Kind.LEAD in known and _writes(snapshot, settings, now):
        return Questions(known={Kind.LEAD: known[Kind.LEAD]})
    return None


def joined(one: Questions | None, other: Questions | None) -> Questions | None:
    """Both questions in one."""
    if one is None or other is None:
        return one or other
    return replace(
        one, phones=one.phones or other.phones, emails=one.emails or other.emails, known=one.known | other.known,
        select=one.select | other.select, related=one.related or other.related,
    )  # fmt: skip


def follow_life(
    snapshot: Snapshot,
    settings: Communication,
    view: PortalView,
    now: datetime,
    crm: CrmFacts,
    decision: Decision,
) -> Snapshot | None:
    """The conversation with the entities that it belongs to now; what changed goes into the decision.

    None: something is missing that nobody looked for elsewhere yet; the next look asks for it.
    """
    asked = life_questions(snapshot, settings, view, now)
    missing = _not_there(snapshot, asked.known if asked else {}, crm)
    if missing - set(snapshot.ledger.lost):
        decision.effects["replaced"] = {"lost": sorted(missing | set(snapshot.ledger.lost))}
        return None
    moves = _moves(snapshot, crm, decision)
    if not moves and not snapshot.ledger.lost:
        return snapshot
    ledger = _moved(snapshot.ledger, moves)
    decision.effects["replaced"] = {name: getattr(ledger, name) for name in REPLACED}
    return replace(snapshot, ledger=ledger)


REPLACED = ("entities", "transcript", "mapped", "stands_for", "lost")
"""Fields of the ledger that are replaced as a whole."""


@dataclass(frozen=True, slots=True)
class Move:
    """`kind` is gone from a conversation; `to`: what takes over, with what comes along."""

    kind: Kind
    to: tuple[tuple[Kind, int], ...] = ()


def _writes(snapshot: Snapshot, settings: Communication, now: datetime) -> bool:
    """Whether something of the transcript is about to be written."""
    changed_at = snapshot.changed_at or snapshot.first_seen_at
    if not transcript_due(snapshot, settings) or not ripe(snapshot, changed_at, now):
        return False
    return bool(unwritten(snapshot))


def _not_there(snapshot: Snapshot, asked: Mapping[Kind, Any], crm: CrmFacts) -> set[str]:
    held = snapshot.ledger.entities
    return {str(kind) for kind in asked if held.get(kind) not in {entity.id for entity in crm.of(kind)}}


def _moves(snapshot: Snapshot, crm: CrmFacts, decision: Decision) -> list[Move]:
    lost, moves = set(snapshot.ledger.lost), []
    for name, number in snapshot.ledger.entities.items():
        kind = Kind(name)
        present = next((entity for entity in crm.of(kind) if entity.id == number), None)
        if present is not None and kind == Kind.LEAD and present.stage_id == CONVERTED:
            moves += _converted(present, crm, decision)
        elif present is None and name in lost:
            moves.append(_missing(kind, number, crm, decision))
    return moves


def _converted(lead: Entity, crm: CrmFacts, decision: Decision) -> list[Move]:
    """A deal takes the lead's place, else the contact; a lead that led to neither is kept."""
    to: list[tuple[Kind, int]] = [(Kind.DEAL, crm.deals[0].id)] if crm.deals else []
    to += [(Kind.CONTACT, lead.contact_id)] if lead.contact_id else []
    to += [(Kind.COMPANY, lead.company_id)] if lead.company_id else []
    if not to:
        return []
    kind, number = to[0]
    decision.because("lead_converted", id=lead.id, entity=str(kind), to=number)
    return [Move(Kind.LEAD, tuple(to))]


def _missing(kind: Kind, number: int, crm: CrmFacts, decision: Decision) -> Move:
    """Merged into another that the client is known by, else deleted. Of several open ones none can be told."""
    others = [entity for entity in crm.of(kind) if entity.id != number and entity.open]
    if others and (kind in (Kind.CONTACT, Kind.COMPANY) or len(others) == 1):
        decision.because("entity_taken_over", entity=str(kind), id=number, to=others[0].id)
        return Move(kind, ((kind, others[0].id),))
    decision.because("entity_gone", entity=str(kind), id=number)
    return Move(kind)


def _moved(before: Ledger, moves: list[Move]) -> Ledger:
    ledger = before.copy()
    ledger.lost = []
    for move in moves:
        ledger.entities.pop(str(move.kind), None)
        ledger.mapped.pop(str(move.kind), None)
        written: list[dict[str, Any]] = ledger.transcript.pop(str(move.kind), [])
        for kind, number in move.to:
            ledger.entities[str(kind)] = number
        if move.to and move.to[0][0] != move.kind:
            heir = str(move.to[0][0])
            ledger.stands_for[str(move.kind)] = heir
            # Bitrix24 shows the comments of a converted lead in what it became: they are kept up there.
            ledger.transcript.setdefault(heir, written)
    return ledger
