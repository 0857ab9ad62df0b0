"""A chat that an operator began from a card of the CRM: it belongs there, whatever else is known of the client."""

from dataclasses import replace

from app.domain.conversation import Snapshot
from app.domain.crm import CrmFacts, Entity, Kind, Questions
from app.domain.decision import Decision
from app.rules.client import Client


def asked(snapshot: Snapshot, questions: Questions) -> Questions:
    """The same questions, and the row of the card, for its contact and company."""
    if snapshot.card is None:
        return questions
    kind, number = snapshot.card
    known = dict.fromkeys([number, *questions.known.get(kind, ())])
    return replace(questions, known={**questions.known, kind: tuple(known)})


def in_card(snapshot: Snapshot, client: Client, crm: CrmFacts, decision: Decision) -> Client | None:
    """The client as the card has him; None where there is no card. Says where else the chat might have gone."""
    if snapshot.card is None:
        return None
    kind, number = snapshot.card
    own = next((one for one in crm.of(kind) if one.id == number), Entity(kind=kind, id=number))
    decision.because("begun_from_card", entity=str(kind), id=number)
    passed_over = client.open_deal or client.open_lead
    if passed_over is not None and (passed_over.kind, passed_over.id) != (kind, number):
        decision.because("card_before_rules", entity=str(passed_over.kind), id=passed_over.id)
    return Client(
        repeat=True,
        contact=own if kind == Kind.CONTACT else _linked(Kind.CONTACT, own.contact_id, crm),
        company=own if kind == Kind.COMPANY else _linked(Kind.COMPANY, own.company_id, crm),
        open_lead=own if kind == Kind.LEAD else None,
        open_deal=own if kind == Kind.DEAL else None,
    )  # fmt: skip


def _linked(kind: Kind, number: int | None, crm: CrmFacts) -> Entity | None:
    if not number:
        return None
    return next((one for one in crm.of(kind) if one.id == number), Entity(kind=kind, id=number))
