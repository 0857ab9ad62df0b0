"""Whether a conversation is to be worked on now: settings and what is known of it, nothing from the CRM."""

from datetime import datetime, timedelta

from app.domain.conversation import PortalView, Reason, Snapshot
from app.domain.decision import Ask, Consideration, Follow, Skip, Wait
from app.domain.facts import fact
from app.domain.settings.assign import AssignOperator
from app.domain.settings.communication import Communication
from app.domain.settings.filters import fields_of
from app.domain.source_fields import needs_report, source_field
from app.rules.desk.begun import asked
from app.rules.fields.enrich import late_questions
from app.rules.filters import matches
from app.rules.life import joined, life_questions
from app.rules.questions import client_keys, questions_for
from app.rules.titles import template_fields

CALLBACK_ORIGINS = {"callback", "card", "both"}
AT_THE_END = {"end", "processed"}
"""Moments that are reached when a chat is closed, or a request processed."""
REPORT_WAIT = timedelta(seconds=60)
"""The longest wait for facts that only a report of UIS knows; what comes later is a late fact."""


def consider(snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime) -> Consideration:
    """What to do with a conversation next."""
    if snapshot.ledger.decided:
        return _follow_up(snapshot, settings, view, now)
    if _set_aside(snapshot, view):
        return Skip(Reason(code="set_aside"))
    held = held_back(snapshot, settings, view, now)
    return held or Ask(asked(snapshot, questions_for(snapshot, settings, view)), client_keys(snapshot, view))


def held_back(
    snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime
) -> Skip | Wait | None:
    """Why a conversation is not decided now; None when it is, as soon as the CRM is asked."""
    refusal = refused(snapshot, settings)
    if refusal is not None:
        return Skip(refusal)
    if _moment(settings) in AT_THE_END and snapshot.closed_at is None:
        return Wait(None)
    if _invited_in_vain(snapshot):
        return Wait(None)
    until = settled_at(snapshot, settings, view)
    if until > now:
        return Wait(until)
    if _waits_for_report(snapshot, settings, view, now):
        return Wait(snapshot.first_seen_at + REPORT_WAIT, report=True)
    if settings.filter is not None and not matches(settings.filter, snapshot.facts):
        return Skip(Reason(code="filtered_out"))
    return None


def _set_aside(snapshot: Snapshot, view: PortalView) -> bool:
    """An administrator left the backlog alone: only what the client says after that takes a chat up again."""
    moment = view.set_aside_at
    if moment is None or snapshot.first_seen_at > moment:
        return False
    return not any(message.source == "visitor" and message.at > moment for message in snapshot.messages)


def refused(snapshot: Snapshot, settings: Communication) -> Reason | None:
    """Why a conversation is not transferred whatever its filter says, None when it may be."""
    if not settings.enabled:
        return Reason(code="section_off")
    channels = getattr(settings, "channels", None)
    if channels is not None and channels.mode == "selected" and snapshot.channel_id not in channels.ids:
        return Reason(code="channel_not_followed", params={"channel": snapshot.channel_id})
    if snapshot.close_reason == "invite_rejected":
        return Reason(code="invite_rejected")
    if not settings.without_contacts and not has_contacts(snapshot):
        return Reason(code="no_contacts")
    return None


def has_contacts(snapshot: Snapshot) -> bool:
    """Whether there is a phone or an e-mail to know the client by."""
    return any(fact(snapshot.facts, name) for name in ("visitor.phone_number", "visitor.email"))


def settled_at(snapshot: Snapshot, settings: Communication, view: PortalView) -> datetime:
    """Until when callbacks that come together are waited for: 3 s, and only where the settings need them."""
    pause = timedelta(seconds=view.settle)
    if snapshot.kind == "offline":
        return snapshot.first_seen_at  # a row of the report is whole, no callback follows
    if snapshot.closed_at is not None:
        return snapshot.closed_at + pause  # the last messages may still be on their way
    # Messages may come before their chat, which brings the client's number and the channel; a chat that an operator
    # began may come before the card that he began it from.
    unborn = snapshot.kind == "chat" and (snapshot.started_at is None or snapshot.initiator == "operator")
    if unborn or needs_more(snapshot, settings):
        return snapshot.first_seen_at + pause
    return snapshot.first_seen_at


def needs_more(snapshot: Snapshot, settings: Communication) -> bool:
    """Whether what the settings need, and what callbacks can bring, is still missing: a field, or the operator."""
    if snapshot.operator_id is None and _by_operator(settings):
        return True
    for name in used_fields(settings) | _filtered_by(settings):
        field = source_field(name)
        if field is not None and field.origin in CALLBACK_ORIGINS and fact(snapshot.facts, name) is None:
            return True
    return False


def used_fields(settings: Communication) -> set[str]:
    """Source fields that the settings need for what they create: its titles and its mapping."""
    names: set[str] = set()
    for what in _titled(settings):
        names |= template_fields(getattr(settings.titles, what))
    for row in settings.mapping:
        names |= {row.source} if row.source else set()
        names |= template_fields(row.template) if row.template else set()
    return names


def _waits_for_report(snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime) -> bool:
    """Where the settings use what only the report knows, one read of it is waited for."""
    if snapshot.reported or not view.reports or now >= snapshot.first_seen_at + REPORT_WAIT:
        return False
    return needs_report(used_fields(settings) | _filtered_by(settings))


def _filtered_by(settings: Communication) -> set[str]:
    """Source fields that the filters in force speak of."""
    groups = [settings.filter, settings.transcript.filter]
    groups += [rule.filter for rule in settings.responsible.rules]
    groups += [rule.filter for rule in settings.pipeline.rules]
    return {name for group in groups if group is not None for name in fields_of(group)}


def _by_operator(settings: Communication) -> bool:
    return any(isinstance(rule.assign, AssignOperator) for rule in settings.responsible.rules)


def _titled(settings: Communication) -> set[str]:
    """Whose titles are used: a lead carries the contact itself, a deal gets one."""
    made = {"crm": set(), "activity": {"activity", "contact"}}.get(settings.create.what, {"activity"})
    if settings.create.what == "activity":
        return made
    return made | ({"lead"} if settings.create.entity == "lead" else {"deal", "contact"})


def _moment(settings: Communication) -> str:
    return str(getattr(settings.create, "moment", "start"))


def _invited_in_vain(snapshot: Snapshot) -> bool:
    """An automatic invitation that nobody answered yet is no communication."""
    wrote = any(message.source == "visitor" for message in snapshot.messages)
    return snapshot.initiator == "autoinvite" and not wrote and snapshot.closed_at is None


def _follow_up(snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime) -> Consideration:
    if snapshot.closed_at is not None and settled_at(snapshot, settings, view) > now:
        return Wait(settled_at(snapshot, settings, view))
    late = joined(late_questions(snapshot, settings, view), life_questions(snapshot, settings, view, now))
    return Ask(late, client_keys(snapshot, view)) if late else Follow()
