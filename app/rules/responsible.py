"""Who becomes responsible: rules in order, then the default; absent users are replaced."""

from app.domain.conversation import PortalView, Snapshot
from app.domain.decision import Decision
from app.domain.settings.assign import AssignOperator, AssignQueue, AssignUser, ResponsibleRule
from app.domain.settings.communication import Communication
from app.rules.client import Client
from app.rules.filters import matches


def responsible_for(
    snapshot: Snapshot, settings: Communication, view: PortalView, client: Client, decision: Decision
) -> int | None:
    """The user to assign: of the first rule that holds and leads to somebody, else the default.

    For a user who is absent or dismissed the substitute stands in, without one the default.
    """
    for number, rule in enumerate(settings.responsible.rules, start=1):
        if not matches(rule.filter, snapshot.facts):
            continue
        user_id = _assigned(rule, snapshot, view, client)
        if user_id is not None:
            return _able(user_id, number, rule, settings, view, decision)
        decision.because("responsible_rule_passed", rule=number, kind=rule.assign.kind)
    return _default(settings, view, decision)


def _able(
    user_id: int, number: int, rule: ResponsibleRule, settings: Communication, view: PortalView, decision: Decision
) -> int | None:  # fmt: skip
    if works(user_id, view):
        decision.because("responsible_rule", rule=number, kind=rule.assign.kind, user=name(user_id, view))
        return user_id
    substitute = settings.responsible.substitute_user_id
    if substitute is None or not works(substitute, view):
        return _default(settings, view, decision)
    decision.because("responsible_substitute", user=name(substitute, view), instead=name(user_id, view))
    return substitute


def works(user_id: int, view: PortalView) -> bool:
    """Whether a user can be assigned. One that the directory does not have yet is given the benefit."""
    return view.users.get(user_id, ("", True))[1]


def name(user_id: int, view: PortalView) -> str:
    """A user's name for an explanation."""
    return view.users.get(user_id, ("", True))[0] or f"#{user_id}"


def _assigned(rule: ResponsibleRule, snapshot: Snapshot, view: PortalView, client: Client) -> int | None:
    assign = rule.assign
    if isinstance(assign, AssignUser):
        return assign.user_id
    if isinstance(assign, AssignOperator):
        return view.operators.get(snapshot.operator_id) if snapshot.operator_id else None
    if isinstance(assign, AssignQueue):
        return queue_turn(assign.user_ids, snapshot, view)
    return client.responsible_id


def queue_turn(user_ids: list[int], snapshot: Snapshot, view: PortalView) -> int:
    """The user of a queue whose turn it is: spread by the conversation's number over those who work."""
    able = [user_id for user_id in user_ids if works(user_id, view)] or user_ids
    return able[snapshot.source_id % len(able)]


def _default(settings: Communication, view: PortalView, decision: Decision) -> int | None:
    default, substitute = settings.responsible.default_user_id, settings.responsible.substitute_user_id
    if (
        default is not None
        and not works(default, view)
        and substitute is not None
        and works(substitute, view)
    ):
        decision.because("responsible_substitute", user=name(substitute, view), instead=name(default, view))
        return substitute
    if default is not None:
        decision.because("responsible_default", user=name(default, view))
    return default
