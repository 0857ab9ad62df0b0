"""The notification of the responsible when something was created."""

from datetime import timedelta

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import Kind
from app.domain.plan import Ref, Step, StepKind
from app.rules.markup import neutral
from app.rules.questions import role_marker

WORDS = {
    "ru": {"text": "Новое обращение: {title}"},
    "en": {"text": "New communication: {title}"},
}


LONG_PAST = timedelta(days=1)
"""What began so long before we heard of it is history that was imported: nobody waits for an answer."""


def is_news(snapshot: Snapshot) -> bool:
    """Whether a person should be told at once."""
    began = snapshot.started_at or snapshot.first_seen_at
    return snapshot.first_seen_at - began <= LONG_PAST


def step(
    snapshot: Snapshot, view: PortalView, title: str, owner: tuple[Kind, int | Ref | None], user_id: int
) -> Step:
    """One notification per conversation: its TAG replaces an earlier one, so it may be sent again.

    The link needs the id of the entity inside a text, where a `$result` cannot stand: the step waits for it.
    """
    kind, link = owner
    text = WORDS[view.lang]["text"].replace("{title}", neutral(title))
    params = {"user": user_id, "text": text, "entity": str(kind), "entity_id": link}
    return Step(
        name="notify", kind=StepKind.NOTIFY, params=params, marker=role_marker(snapshot, view, "notify")
    )
