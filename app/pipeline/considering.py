"""Which conversations of a round are worked on: looked at when they are due, or a moment ahead of it.

Whoever is woken a little early for a portal looks at what will be due then, while the moment is waited for. When it has
come, one statement says whether that is still all and unchanged; else everything is looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.plan import Plan
from app.pipeline import planning
from app.pipeline.crm_side import Crm, CrmAway
from app.pipeline.planning import Agenda
from app.pipeline.road import Road
from app.pipeline.view import Portal
from app.storage.database import reading
from app.storage.queries import conversations, reports, work
from app.storage.queries.work import Claim
from app.storage.services import Services

FEW = 10
"""How many conversations are looked at ahead: of more, one has surely changed when their moment comes."""


@dataclass(frozen=True, slots=True)
class Considered:
    """Plans in flight to resume, and the agenda of conversations that have none, with when each last changed."""

    plans: dict[int, Plan]
    agenda: Agenda
    changed_at: dict[int, datetime]


def consider(services: Services, claim: Claim, portal: Portal, crm: Crm) -> Considered:
    """What is due now; conversations that wait or are refused are settled here.

    Nothing new is begun while the portal could not carry it out. The fence keeps the mail lane from folding meanwhile.
    """
    now, rest, most = services.clock.now(), crm.rest(), crm.round_size()
    with services.sessions.begin() as session:
        work.fence(session, claim, now)
        if rest > 0:
            conversations.postpone_new(session, portal.id, now, now + timedelta(seconds=rest))
        due = conversations.due(session, portal.id, now, most)
        found = _looked_at(session, portal, due, now)
        if found.agenda.wants_report:
            reports.read_by(session, portal.id, now + planning.REPORT_SOON)
    return found


def _looked_at(
    session: Session, portal: Portal, due: Sequence[conversations.Due], now: datetime
) -> Considered:
    fresh = [row for row, plan in due if plan is None]
    agenda = planning.agenda(session, portal, fresh, now)
    plans = {row.id: Plan.from_json(plan.steps) for row, plan in due if plan is not None}
    return Considered(plans, agenda, {row.id: row.updated_at for row in fresh})


class Ahead:
    """What was looked at before its moment, for one round under a claim."""

    def __init__(self, road: Road, claim: Claim) -> None:
        self._road, self._claim = road, claim
        self._portal: Portal | None = None
        self._found: Considered | None = None

    def look(self, portal: Portal) -> None:
        """Keeps what all asks the CRM or follows up at the claim's moment. What must be written is left for then."""
        moment, crm = self._claim.due_at, self._road.crm_of(portal.id)
        try:
            if moment is None or crm.rest() > 0:
                return
        except CrmAway:
            return  # the round meets it too
        with self._road.services.sessions() as session, session.no_autoflush:
            due = conversations.due(reading(session), portal.id, moment, FEW + 1)
            if len(due) > min(FEW, crm.round_size()):
                return
            found = _looked_at(session, portal, due, moment)
            if not (found.plans or session.dirty):
                self._portal, self._found = portal, found

    def still_true(self, portal: Portal) -> Considered | None:
        """What was looked at, if nothing else is due by now and nothing came in. What comes later is due again."""
        if self._found is None or portal is not self._portal:
            return None
        services = self._road.services
        with services.sessions() as session:
            versions = conversations.due_versions(reading(session), portal.id, services.clock.now(), FEW + 1)
        return self._found if versions == self._found.agenda.seen else None
