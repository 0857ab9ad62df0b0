"""The decision: from an event's facts, the CRM's answers and the settings to a plan with its explanation."""

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import ENTITY_TYPE_ID, CrmFacts, Kind
from app.domain.decision import Decision
from app.domain.plan import Ref, Step, StepKind
from app.domain.settings.communication import Communication
from app.rules import activity, notify
from app.rules.advertising import trace_new
from app.rules.client import Client, recognise
from app.rules.comments import add_transcripts, stands_in_activity, transcript_due
from app.rules.create import Link, Maker
from app.rules.desk.begun import in_card
from app.rules.fields.activity_fields import extras
from app.rules.fields.enrich import update_known
from app.rules.late_contacts import remember_given
from app.rules.questions import role_marker
from app.rules.responsible import responsible_for


def decide(snapshot: Snapshot, settings: Communication, view: PortalView, crm: CrmFacts) -> Decision:
    """What is made for a conversation that nothing was decided for yet.

    The same function serves the road, the rehearsal and the explanation. Nothing is made twice: what a marker
    was found on counts as made.
    """
    decision = Decision()
    client = recognise(snapshot, crm, decision)
    decision.effects |= {"decided": True, "communication": "repeat" if client.repeat else "first"}
    decision.because("repeat" if client.repeat else "first")
    remember_given(snapshot, view, decision)
    wanted = settings.create.on_repeat if client.repeat else settings.create.on_first
    holder = in_card(snapshot, client, crm, decision)
    if holder is not None:
        _stay(snapshot, settings, view, crm, holder, decision, active=wanted)
    elif wanted:
        _make(snapshot, settings, view, crm, client, decision)
    else:
        _only_found(client, decision)
    if transcript_due(snapshot, settings):
        add_transcripts(snapshot, settings, view, decision)
    if not decision.plan.steps and not decision.effects.get("entities"):
        decision.state, decision.reason = "filtered", decision.reason or "nothing_to_create"
    return decision


def _make(
    snapshot: Snapshot, settings: Communication, view: PortalView, crm: CrmFacts, client: Client, decision: Decision
) -> None:  # fmt: skip
    responsible = responsible_for(snapshot, settings, view, client, decision)
    decision.effects["responsible_id"] = responsible
    maker = Maker(snapshot, settings, view, crm, decision)
    owner = _entity(settings, view, client, maker, responsible)
    if settings.create.what != "crm":
        owner = owner or _owner_of_activity(client, maker, responsible)
        _add_activity(snapshot, view, crm, maker, owner, responsible, decision)
    update_known(snapshot, settings, view, crm, decision)
    if not _assigns(decision, responsible):
        decision.turns.clear()  # nothing was made for anybody: the turn is not taken
    trace_new(snapshot, decision)
    if (
        settings.notify
        and notify.is_news(snapshot)
        and responsible is not None
        and owner is not None
        and (decision.effects.get("made") or decision.plan.steps)
    ):
        decision.plan.steps.append(notify.step(snapshot, view, maker.title("activity"), owner, responsible))
        decision.effects["notified"] = True


def _stay(
    snapshot: Snapshot, settings: Communication, view: PortalView, crm: CrmFacts, client: Client, decision: Decision,
    *, active: bool,
) -> None:  # fmt: skip
    """In the card that the chat was begun from: nothing is made but the activity, where creation is on at all."""
    assert snapshot.card is not None
    _keep(client, snapshot.card, decision)
    if active and settings.create.what != "crm":
        responsible = responsible_for(snapshot, settings, view, client, decision)
        decision.effects["responsible_id"] = responsible
        maker = Maker(snapshot, settings, view, crm, decision)
        _add_activity(snapshot, view, crm, maker, snapshot.card, responsible, decision)
    if not _assigns(decision, decision.effects.get("responsible_id")):
        decision.turns.clear()


def _assigns(decision: Decision, responsible: int | None) -> bool:
    """Whether something is really given to the responsible."""
    given = (step.params.get("assigned_by", step.params.get("responsible")) for step in decision.plan.steps)
    return responsible is not None and responsible in given


def _entity(
    settings: Communication, view: PortalView, client: Client, maker: Maker, responsible: int | None
) -> tuple[Kind, Link] | None:
    """The lead or deal of the conversation: an open one of this client, else a new one."""
    if settings.create.what == "activity":
        return None
    wanted = Kind.DEAL if view.crm_mode == "simple" else Kind(settings.create.entity)
    if client.repeat and settings.create.into_open:
        opened = _open_entity(client, wanted)
        if opened is not None:
            maker.decision.because("goes_into_open", entity=str(opened[0]), id=opened[1])
            _keep(client, opened, maker.decision)
            return opened
    link = maker.deal(client, responsible) if wanted == Kind.DEAL else maker.lead(client, responsible)
    return wanted, link


def _open_entity(client: Client, wanted: Kind) -> tuple[Kind, Link] | None:
    """The open lead or deal that takes a repeat communication: of the kind that would be made, else the other."""
    found = {Kind.DEAL: client.open_deal, Kind.LEAD: client.open_lead}
    for kind in (wanted, Kind.LEAD if wanted == Kind.DEAL else Kind.DEAL):
        entity = found[kind]
        if entity is not None:
            return kind, entity.id
    return None


def _owner_of_activity(client: Client, maker: Maker, responsible: int | None) -> tuple[Kind, Link] | None:
    """Where only an activity is wanted: open deal, open lead, contact, company, else a new contact."""
    candidates = (client.open_deal, client.open_lead, client.contact, client.company)
    entity = next((candidate for candidate in candidates if candidate is not None), None)
    if entity is not None:
        _keep(client, (entity.kind, entity.id), maker.decision)
        return entity.kind, entity.id
    link = maker.contact(client, responsible) if maker.phones or maker.emails else None
    return (Kind.CONTACT, link) if link is not None else None


def _add_activity(
    snapshot: Snapshot, view: PortalView, crm: CrmFacts, maker: Maker,
    owner: tuple[Kind, Link] | None, responsible: int | None, decision: Decision,
) -> None:  # fmt: skip
    if owner is None:
        decision.because("no_owner_for_activity")
        decision.reason = "no_owner_for_activity"
        decision.effects["decided"] = False  # contact data that comes later decides again
        return
    more = extras(snapshot, maker.settings, view)
    whole, files = stands_in_activity(snapshot, maker.settings), maker.settings.transcript.files
    look = activity.layout(snapshot, view, maker.title("activity"), more.lines, whole=whole, files=files)
    completed = snapshot.closed_at is not None
    decision.effects |= {
        "activity_hash": activity.fingerprint(look | more.fields),
        "activity_completed": completed,
    }
    found = crm.marked.get("activity")
    if found is not None:
        decision.because("found_by_marker", entity="activity", id=found)
        decision.effects |= {"activity_id": found, "activity_hash": None}
        return
    kind, link = owner
    params = {
        "owner_type": ENTITY_TYPE_ID[kind], "owner": link, "responsible": responsible,
        "layout": look, "completed": completed,
    } | ({"extra": more.fields} if more.fields else {})  # fmt: skip
    decision.explanation += more.problems
    mark = role_marker(snapshot, view, "activity")
    decision.plan.steps.append(Step(name="activity", kind=StepKind.ADD_ACTIVITY, params=params, marker=mark))
    decision.effects["activity_id"] = {"$step": "activity"}
    decision.because("creates", entity="activity", title=maker.title("activity"))


def _only_found(client: Client, decision: Decision) -> None:
    """Creation is off: nothing new is made, the transcript still goes to what is found."""
    decision.because("creation_off_repeat" if client.repeat else "creation_off_first")
    decision.reason = "creation_off"
    for entity in (client.open_deal, client.open_lead):
        if entity is not None:
            _keep(client, (entity.kind, entity.id), decision)
    _keep(client, None, decision)


def _keep(client: Client, entity: tuple[Kind, Link] | None, decision: Decision) -> None:
    kept = decision.effects.setdefault("entities", {})
    if client.contact is not None:
        kept[str(Kind.CONTACT)] = client.contact.id
    if client.company is not None:
        kept[str(Kind.COMPANY)] = client.company.id
    if entity is not None and not isinstance(entity[1], Ref):
        kept[str(entity[0])] = entity[1]
