"""Who becomes responsible: rules in order, then whoever stands in, then the default."""

from app.domain.conversation import PortalView, Snapshot
from app.domain.decision import Decision
from app.domain.settings.assign import AssignOperator, AssignQueue, AssignUser, ResponsibleRule
from app.domain.settings.communication import Communication
from app.rules.client import Client
from app.rules.filters import matches
from app.rules.queue import next_turn, queue_key


def responsible_for(
    snapshot: Snapshot, settings: Communication, view: PortalView, client: Client, decision: Decision
) -> int | None:
    """The user to assign: of the first rule that holds and leads to somebody who works, else the default.

    For one who is absent the substitute stands in. One who was dismissed leaves it to the next rule; when no rule
    leads to anybody the substitute stands in for the first of them.
    """
    missed: list[int] = []
    for number, rule in enumerate(settings.responsible.rules, start=1):
        if not matches(rule.filter, snapshot.facts):
            continue
        user_id = _assigned(rule, number - 1, snapshot, settings, view, client, decision)
        if user_id is None:
            decision.because("responsible_rule_passed", rule=number, kind=rule.assign.kind)
        elif works(user_id, view):
            decision.because("responsible_rule", rule=number, kind=rule.assign.kind, user=name(user_id, view))
            return user_id
        elif user_id in view.absent and _substitute(settings, view) is not None:
            return _stand_in(user_id, settings, view, decision)
        else:
            code = "responsible_absent" if user_id in view.absent else "responsible_dismissed"
            decision.because(code, rule=number, kind=rule.assign.kind, user=name(user_id, view))
            missed.append(user_id)
    if missed and _substitute(settings, view) is not None:
        return _stand_in(missed[0], settings, view, decision)
    return _default(settings, view, decision)


def works(user_id: int, view: PortalView) -> bool:
    """Whether a user can be assigned. One that the directory does not have yet is given the benefit."""
    return view.users.get(user_id, ("", True))[1] and user_id not in view.absent


def name(user_id: int, view: PortalView) -> str:
    """A user's name for an explanation."""
    return view.users.get(user_id, ("", True))[0] or f"#{user_id}"


def _assigned(
    rule: ResponsibleRule, number: int, snapshot: Snapshot, settings: Communication, view: PortalView,
    client: Client, decision: Decision,
) -> int | None:  # fmt: skip
    assign = rule.assign
    if isinstance(assign, AssignUser):
        return assign.user_id
    if isinstance(assign, AssignOperator):
        return view.operators.get(snapshot.operator_id) if snapshot.operator_id else None
    if isinstance(assign, AssignQueue):
        key = queue_key(snapshot.kind, settings.responsible.rules, number)
        return _queued(assign, key, view, decision)
    return client.responsible_id


def _queued(assign: AssignQueue, key: str, view: PortalView, decision: Decision) -> int | None:
    """Whoever's turn it is; without anybody who works the first, who is then missed like any other."""
    turn = next_turn(assign.user_ids, view.turns.get(key), lambda user_id: works(user_id, view))
    if turn is None:
        return assign.user_ids[0]
    decision.turns[key] = turn
    return turn[1]


def _substitute(settings: Communication, view: PortalView) -> int | None:
    substitute = settings.responsible.substitute_user_id
    return substitute if substitute is not None and works(substitute, view) else None


def _stand_in(user_id: int, settings: Communication, view: PortalView, decision: Decision) -> int | None:
    substitute = _substitute(settings, view)
    if substitute is not None:
        decision.because("responsible_substitute", user=name(substitute, view), instead=name(user_id, view))
    return substitute


def _default(settings: Communication, view: PortalView, decision: Decision) -> int | None:
    default = settings.responsible.default_user_id
    if default is None:
        return None
    if not works(default, view) and _substitute(settings, view) is not None:
        return _stand_in(default, settings, view, decision)
    decision.because("responsible_default", user=name(default, view))
    return default
