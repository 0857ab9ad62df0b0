"""Queues of users: strict rotation, a queue of its own for every rule.

A turn that was taken is kept as (place in the list, user). Whoever is away is passed over and keeps the place; when
the last user left the list, whoever moved up into the place is next.
"""

import hashlib
from collections.abc import Callable, Sequence

from app.domain.settings.assign import AssignQueue, ResponsibleRule

Turn = tuple[int, int]


def queue_key(kind: str, rules: Sequence[ResponsibleRule], number: int) -> str:
    """Identity of the queue of rule `number` (from 0): its filter, and how often that came before.

    Other users in the list, or another order of the rules, do not make it begin anew.
    """
    chosen = rules[number].filter
    before = sum(isinstance(rule.assign, AssignQueue) and rule.filter == chosen for rule in rules[:number])
    text = chosen.model_dump_json() if chosen is not None else ""
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:24]}:{before}"


def next_turn(user_ids: Sequence[int], last: Turn | None, able: Callable[[int], bool]) -> Turn | None:
    """Whose turn it is; None when nobody of the list can take it."""
    start = 0
    if last is not None:
        place, user_id = last
        start = user_ids.index(user_id) + 1 if user_id in user_ids else place
    for step in range(len(user_ids)):
        place = (start + step) % len(user_ids)
        if able(user_ids[place]):
            return place, user_ids[place]
    return None
