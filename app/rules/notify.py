"""The notification of the responsible when something was created."""

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import Kind
from app.domain.plan import Ref, Step, StepKind
from app.rules.markup import neutral
from app.rules.questions import role_marker

WORDS = {
    "ru": {"text": "Новое обращение: {title}"},
    "en": {"text": "New communication: {title}"},
}


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
