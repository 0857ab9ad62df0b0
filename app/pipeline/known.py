"""What a decision knew of its client, kept with the plan for rehearsals: ids and states, no names, no values."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.conversation import Snapshot
from app.domain.crm import CrmFacts, Entity, Kind

KNOWN = "$known"
"""Key among a plan's effects; keys with the dollar are no effects on the ledger."""
_KEPT = ("assigned_by", "contact_id", "company_id", "category_id", "stage_id")


def known_to_json(snapshot: Snapshot, crm: CrmFacts) -> dict[str, Any]:
    """Compact: nothing at all of a client whom nobody knew."""
    rows = {str(kind): [_row(entity) for entity in crm.of(kind)] for kind in Kind if crm.of(kind)}
    return rows | ({"earlier": True} if snapshot.earlier else {})


def _row(entity: Entity) -> dict[str, Any]:
    row = {"id": entity.id} | {
        name: getattr(entity, name) for name in _KEPT if getattr(entity, name) is not None
    }
    return row if entity.open else row | {"open": False}


def known_from_json(data: Mapping[str, Any]) -> CrmFacts:
    """The answers as far as they were kept. Markers are not: a rehearsal makes everything anew."""
    return _facts({kind: [Entity(kind=kind, **row) for row in data.get(str(kind), ())] for kind in Kind})


def from_explanation(lines: Iterable[Mapping[str, Any]]) -> CrmFacts:
    """The client of a decision that kept no answers, from what it said of him: ids alone."""
    found: dict[Kind, list[Entity]] = {kind: [] for kind in Kind}
    for line in lines:
        params = line.get("params") or {}
        if line.get("code") == "client_found" and params.get("entity") in set(Kind):
            kind = Kind(params["entity"])
            ids = [params["id"], *(params.get("others") or ())]
            found[kind] += [Entity(kind=kind, id=int(number)) for number in ids]
    return _facts(found)


def _facts(found: Mapping[Kind, list[Entity]]) -> CrmFacts:
    return CrmFacts(
        contacts=tuple(found[Kind.CONTACT]), companies=tuple(found[Kind.COMPANY]),
        leads=tuple(found[Kind.LEAD]), deals=tuple(found[Kind.DEAL]),
    )  # fmt: skip
