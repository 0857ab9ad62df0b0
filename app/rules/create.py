"""What a communication becomes: contact, lead or deal, as steps of a plan."""

from functools import cached_property
from typing import Any

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import CrmFacts, Kind
from app.domain.decision import Decision
from app.domain.facts import fact
from app.domain.plan import Ref, Step, StepKind
from app.domain.settings.communication import Communication
from app.rules.advertising import source_id, utm_fields
from app.rules.client import Client
from app.rules.fields.enrich import found_again, new_values
from app.rules.questions import emails_of, phones_of, role_marker
from app.rules.stages import stage_for
from app.rules.titles import one_line, render_or_default

Link = int | Ref | None
FALLBACK_TITLE = {"chat": {"ru": "Чат", "en": "Chat"}, "offline": {"ru": "Заявка", "en": "Request"}}
GUEST = {"ru": "Гость", "en": "Guest"}


class Maker:
    """Builds the creating steps of one conversation; what our marker was found on is not made again."""

    def __init__(
        self, snapshot: Snapshot, settings: Communication, view: PortalView, crm: CrmFacts, decision: Decision
    ) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self.view = view
        self.crm = crm
        self.decision = decision
        self._titles: dict[str, str] = {}

    def contact(self, client: Client, responsible: int | None) -> Link:
        """The contact found, else a new one; None when there is nothing to know the client by."""
        if client.contact is not None:
            self._keep(Kind.CONTACT, client.contact.id)
            return client.contact.id
        if not (self.phones or self.emails or fact(self.snapshot.facts, "visitor.name")):
            return None
        params = self._person() | {"name": self.title("contact"), "assigned_by": responsible}
        if client.company is not None:
            params["company_id"] = client.company.id
        return self._make(Kind.CONTACT, StepKind.CREATE_CONTACT, params)

    def lead(self, client: Client, responsible: int | None) -> Link:
        """A new lead; it carries the contact data itself and is tied to what was found."""
        _, stage = stage_for(self.snapshot, self.settings, self.view, self.decision, Kind.LEAD)
        params = self._person() | {"title": self.title("lead"), "assigned_by": responsible}
        name = fact(self.snapshot.facts, "visitor.name")
        params |= {"name": one_line(str(name)) if name else None, "stage_id": stage}
        if client.contact is not None:
            params["contact_id"] = client.contact.id
            self._keep(Kind.CONTACT, client.contact.id)
        if client.company is not None:
            params["company_id"] = client.company.id
        return self._make(Kind.LEAD, StepKind.CREATE_LEAD, params)

    def deal(self, client: Client, responsible: int | None) -> Link:
        """A new deal with its contact."""
        contact = self.contact(client, responsible)
        category, stage = stage_for(self.snapshot, self.settings, self.view, self.decision, Kind.DEAL)
        params: dict[str, Any] = {"title": self.title("deal"), "assigned_by": responsible}
        params |= {"category_id": category, "stage_id": stage}
        if contact is not None:
            params["contact_id"] = contact
        if client.company is not None:
            params["company_id"] = client.company.id
        return self._make(Kind.DEAL, StepKind.CREATE_DEAL, params)

    @cached_property
    def phones(self) -> tuple[str, ...]:
        return phones_of(self.snapshot, self.view)

    @cached_property
    def emails(self) -> tuple[str, ...]:
        return emails_of(self.snapshot)

    def title(self, what: str) -> str:
        """A name by its template; one that fails on this client's data falls back, and the journal says so."""
        if what not in self._titles:
            self._titles[what] = self._title(what)
        return self._titles[what]

    def _title(self, what: str) -> str:
        lang = self.view.lang
        guest = str(fact(self.snapshot.facts, "visitor.name") or GUEST[lang])
        word = FALLBACK_TITLE[self.snapshot.kind][lang]
        default = guest if what == "contact" else f"{word}: {guest}"
        text, problem = render_or_default(getattr(self.settings.titles, what), default, self.snapshot.facts)
        if problem:
            self.decision.because("title_fell_back", entity=what, problem=problem)
        return text

    def _person(self) -> dict[str, Any]:
        return {"phones": list(self.phones), "emails": list(self.emails)}

    def _make(self, kind: Kind, step: StepKind, params: dict[str, Any]) -> Link:
        found = self.crm.marked.get(str(kind))
        self.decision.effects.setdefault("made", []).append(str(kind))
        if found is not None:
            self.decision.because("found_by_marker", entity=str(kind), id=found)
            self._keep(kind, found)
            found_again(self.settings, self.decision, kind)
            return found
        own = {name: params[name] for name in ("title", "name") if params.get(name)}
        extra = utm_fields(self.snapshot, self.settings, str(kind))
        extra |= source_id(self.snapshot, self.settings, self.view, str(kind))
        extra |= new_values(self.snapshot, self.settings, self.view, self.decision, kind, own)
        params |= {"extra": extra} if extra else {}
        mark = role_marker(self.snapshot, self.view, str(kind))
        self.decision.plan.steps.append(Step(name=str(kind), kind=step, params=params, marker=mark))
        self.decision.because("creates", entity=str(kind), title=params.get("title") or params.get("name"))
        self._keep(kind, {"$step": str(kind)})
        return Ref(str(kind))

    def _keep(self, kind: Kind, value: Any) -> None:
        self.decision.effects.setdefault("entities", {})[str(kind)] = value
