"""What must be asked of the CRM before a conversation can be decided."""

from collections.abc import Collection, Mapping
from typing import Any

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import Questions
from app.domain.facts import fact
from app.domain.settings.communication import Communication
from app.rules.fields.enrich import select
from app.rules.identity import emails as normal_email
from app.rules.identity import identity_keys, normalise, spellings
from app.rules.markers import marker

ROLES = ("lead", "deal", "contact", "activity")


def questions_for(snapshot: Snapshot, settings: Communication, view: PortalView) -> Questions:
    """Questions of one conversation; they ride with those of others in as few batches as possible."""
    return Questions(
        phones=tuple(tuple(spellings(phone)) for phone in phones_of(snapshot, view)),
        emails=emails_of(snapshot),
        markers={role: role_marker(snapshot, view, role) for role in _roles(settings, view)},
        known={kind: ids for kind, ids in snapshot.known.items() if ids},
        select=select(settings, view),
    )


def role_marker(snapshot: Snapshot, view: PortalView, role: str) -> str:
    """The marker of one thing that this conversation makes."""
    return marker(
        member_id=view.member_id, account=snapshot.account, kind=snapshot.kind,
        source_id=snapshot.source_id, role=role,
    )  # fmt: skip


def phones_of(snapshot: Snapshot, view: PortalView) -> tuple[str, ...]:
    """The client's phones as E.164; numbers of the account's own channels are never a client's."""
    return phones_in(snapshot.facts, view.own_numbers)


def phones_in(facts: Mapping[str, Any], own_numbers: Collection[str] = ()) -> tuple[str, ...]:
    """The same for bare facts."""
    raw = [fact(facts, "visitor.phone_number"), *(fact(facts, "visitor.phones") or [])]
    found = (normalise(str(item)) for item in raw if item)
    return tuple(dict.fromkeys(phone for phone in found if phone and phone not in own_numbers))


def emails_of(snapshot: Snapshot) -> tuple[str, ...]:
    """The client's e-mail addresses in lower case."""
    return emails_in(snapshot.facts)


def emails_in(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The same for bare facts."""
    raw = [fact(facts, "visitor.email"), *(fact(facts, "visitor.emails") or [])]
    found = (normal_email(str(item)) for item in raw if item)
    return tuple(dict.fromkeys(address for address in found if address))


def client_keys(snapshot: Snapshot, view: PortalView) -> frozenset[str]:
    """Keys by which two conversations are known to be of one client."""
    return keys_in(snapshot.facts, snapshot.visitor_id, snapshot.person_id, view.own_numbers)


def keys_in(
    facts: Mapping[str, Any], visitor_id: int | None, person_id: int | None, own_numbers: Collection[str] = ()
) -> frozenset[str]:
    """The same for bare facts."""
    phones, addresses = phones_in(facts, own_numbers), emails_in(facts)
    return identity_keys(visitor_id, person_id, phones, addresses, own_numbers)


def _roles(settings: Communication, view: PortalView) -> tuple[str, ...]:
    entity = "deal" if view.crm_mode == "simple" else settings.create.entity
    wanted = set(ROLES)
    if settings.create.what == "crm":
        wanted.discard("activity")
    if settings.create.what == "activity":
        wanted -= {"lead", "deal"}
    else:
        wanted.discard("deal" if entity == "lead" else "lead")
    return tuple(role for role in ROLES if role in wanted)
