"""Who the client is: first or repeat, and which of the candidates counts."""

from dataclasses import dataclass

from app.domain.conversation import Snapshot
from app.domain.crm import CrmFacts, Entity, Kind
from app.domain.decision import Decision

CONVERTED = "CONVERTED"
"""The status of a lead that became a contact and a deal. Bitrix24: crm/leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The client as the CRM knows it. `open_lead`, `open_deal`: where a repeat communication can go."""

    repeat: bool
    contact: Entity | None
    company: Entity | None
    open_lead: Entity | None
    open_deal: Entity | None

    @property
    def responsible_id(self) -> int | None:
        """Whose client it is: of the contact, else company, else open deal, else open lead."""
        for entity in (self.contact, self.company, self.open_deal, self.open_lead):
            if entity is not None and entity.assigned_by:
                return entity.assigned_by
        return None


def recognise(snapshot: Snapshot, crm: CrmFacts, decision: Decision) -> Client:
    """Choose among the candidates and say why.

    Precedence: a contact tied to an open deal, else the newest contact; the newest company; open deals of the
    chosen contact or company before others, newest first; open leads newest first.
    """
    deals = [deal for deal in crm.deals if deal.open]
    leads = [lead for lead in crm.leads if lead.open]
    contact = _contact(crm.contacts, deals) or _contact_of_converted(crm.leads)
    company = _company(crm.companies, contact)
    deal = next((d for d in deals if _belongs(d, contact, company)), None)
    lead = leads[0] if leads else None
    known = bool(contact or company or lead)
    _explain(decision, snapshot, crm, contact, company, deal, lead)
    return Client(
        repeat=known or snapshot.earlier, contact=contact, company=company, open_lead=lead, open_deal=deal
    )


def _contact(contacts: tuple[Entity, ...], deals: list[Entity]) -> Entity | None:
    with_deal = {deal.contact_id for deal in deals}
    return next((c for c in contacts if c.id in with_deal), contacts[0] if contacts else None)


def _contact_of_converted(leads: tuple[Entity, ...]) -> Entity | None:
    """A lead that was converted is followed to the contact that it became."""
    found = (lead.contact_id for lead in leads if lead.stage_id == CONVERTED and lead.contact_id)
    return next((Entity(kind=Kind.CONTACT, id=contact_id) for contact_id in found), None)


def _company(companies: tuple[Entity, ...], contact: Entity | None) -> Entity | None:
    if contact is not None and contact.company_id:
        own = next((c for c in companies if c.id == contact.company_id), None)
        return own or Entity(kind=Kind.COMPANY, id=contact.company_id)
    return companies[0] if companies else None


def _belongs(deal: Entity, contact: Entity | None, company: Entity | None) -> bool:
    """Deals come from searches by contact, company and earlier conversations: all of this client."""
    if contact is None and company is None:
        return True
    by_contact = contact is not None and deal.contact_id == contact.id
    return by_contact or (company is not None and deal.company_id == company.id)


def _explain(
    decision: Decision, snapshot: Snapshot, crm: CrmFacts,
    contact: Entity | None, company: Entity | None, deal: Entity | None, lead: Entity | None,
) -> None:  # fmt: skip
    chosen = {Kind.CONTACT: contact, Kind.COMPANY: company, Kind.DEAL: deal, Kind.LEAD: lead}
    for kind, entity in chosen.items():
        if entity is not None:
            others = [other.id for other in crm.of(kind) if other.id != entity.id]
            decision.because("client_found", entity=str(kind), id=entity.id, others=others)
    if not any(chosen.values()):
        decision.because("client_met_before" if snapshot.earlier else "client_unknown")
