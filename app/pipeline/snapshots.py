"""From rows to what the rules read, and back: snapshots of conversations, ledgers, effects of plans."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.base.file_links import FilePlace
from app.domain.conversation import Ledger, PortalView, Snapshot
from app.domain.crm import Kind
from app.domain.file_names import safe_name
from app.domain.message import FileRef, TranscriptMessage
from app.domain.plan import Plan
from app.pipeline.view import Portal
from app.rules.questions import client_keys
from app.storage.models import Conversation
from app.storage.queries import conversations
from app.storage.queries.conversations import Spoken


def snapshots(session: Session, portal: Portal, rows: Sequence[Conversation]) -> dict[int, Snapshot]:
    """Snapshots of conversations by id, with what earlier conversations of their clients left."""
    spoken = conversations.spoken(session, [row.id for row in rows])
    plain = {row.id: _snapshot(row, spoken[row.id], portal) for row in rows}
    undecided = {
        row.id: client_keys(plain[row.id], portal.view) for row in rows if not plain[row.id].ledger.decided
    }
    known = _earlier(session, portal.id, undecided)
    return {row.id: _with_past(plain[row.id], row.id, undecided.get(row.id), known) for row in rows}


def _snapshot(row: Conversation, messages: Sequence[Spoken], portal: Portal) -> Snapshot:
    return Snapshot(
        kind=row.kind, source_id=row.source_id, account=row.account, channel_id=row.channel_id,
        visitor_id=row.visitor_id, person_id=row.person_id, operator_id=row.operator_id,
        initiator=row.initiator, first_seen_at=row.created_at, started_at=row.started_at,
        closed_at=row.closed_at, close_reason=row.close_reason, facts=_facts(row, portal.view),
        messages=tuple(_message(message, row, portal) for message in messages),
        ledger=Ledger.from_json(row.ledger), reported=row.reported_at is not None, changed_at=row.updated_at,
        card=_card(row),
    )  # fmt: skip


def _card(row: Conversation) -> tuple[Kind, int] | None:
    """Of a smart process its client: the rules know the four kinds that have one."""
    card = row.card or {}
    for told in (card, card.get("client") or {}):
        if told.get("type") in set(Kind):
            return Kind(told["type"]), int(told["id"])
    return None


def _facts(row: Conversation, view: PortalView) -> Mapping[str, Any]:
    """Stored facts, with the operator's name as the directory has it now."""
    name = view.operator_names.get(row.operator_id or 0)
    return (
        row.facts | {"employee": {**row.facts.get("employee", {}), "full_name": name}} if name else row.facts
    )


def _message(message: Spoken, row: Conversation, portal: Portal) -> TranscriptMessage:
    visitor = (row.facts.get("visitor") or {}).get("name")
    author = (
        portal.view.operator_names.get(message.operator_id or 0) if message.source == "operator" else visitor
    )
    return TranscriptMessage(
        id=message.message_id, source=message.source, author=author, text=message.text,
        at=message.sent_at, files=_files(message, portal), edited=message.edited,
    )  # fmt: skip


def _files(message: Spoken, portal: Portal) -> tuple[FileRef, ...]:
    """The file of a message; a callback and a row of the report name it differently."""
    if not message.resource:
        return ()
    name = safe_name(message.resource.get("name") or message.resource.get("file_name"))
    place = FilePlace(portal.id, message.conversation_id, message.message_id)
    size = message.resource.get("size")
    url = portal.links.lasting(place, portal.view.portal_url) if portal.links else None
    return (FileRef(name, url, size if isinstance(size, int) else None),)


Past = dict[str, list[tuple[int, dict[str, int]]]]


def _earlier(session: Session, installation_id: int, keys: Mapping[int, frozenset[str]]) -> Past:
    """Key -> (conversation id, its entities) of conversations that were decided."""
    past: Past = {}
    wanted = frozenset().union(*keys.values())
    if not wanted:
        return past
    for key, row in conversations.earlier(session, installation_id, wanted):
        past.setdefault(key, []).append((row.id, row.ledger.get("entities", {})))
    return past


def _with_past(snapshot: Snapshot, own_id: int, keys: frozenset[str] | None, past: Past) -> Snapshot:
    others = {item[0]: item[1] for key in keys or () for item in past.get(key, []) if item[0] != own_id}
    if not others:
        return snapshot
    known: dict[Kind, tuple[int, ...]] = {}
    for kind in Kind:
        ids = {entities[kind] for entities in others.values() if kind in entities}
        known[kind] = tuple(sorted(ids, reverse=True))[:10]
    values = {name: getattr(snapshot, name) for name in Snapshot.__slots__}
    return Snapshot(**(values | {"earlier": True, "known": known}))


def apply_effects(ledger: Ledger, effects: Mapping[str, Any], plan: Plan) -> Ledger:
    """The ledger after a plan. An effect of a step that was not done is left out."""
    results = {step.name: step.result for step in plan.steps}
    for name in sorted(effects, key=lambda name: name != "replaced"):
        value = effects[name]
        if name.startswith("$"):  # kept with the plan, no effect on the ledger
            continue
        found = _resolved(value, results)
        if name == "replaced":
            for field, whole in found.items():
                setattr(ledger, field, whole)
        elif name == "entities":
            ledger.entities = ledger.entities | {kind: item for kind, item in found.items() if item}
        elif name in ("transcript", "mapped"):
            setattr(ledger, name, getattr(ledger, name) | found)
        else:
            setattr(ledger, name, found)
    return ledger


def _resolved(value: Any, results: Mapping[str, int | None]) -> Any:
    """Ids in place of {"$step": name}, however deep."""
    if isinstance(value, dict) and "$step" in value:
        return results.get(value["$step"])
    if isinstance(value, dict):
        return {name: _resolved(item, results) for name, item in value.items()}
    return [_resolved(item, results) for item in value] if isinstance(value, list) else value
