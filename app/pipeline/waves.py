"""The batch planner, pure: which steps of which plans ride in which batch.

A batch serves many conversations. Steps of one plan ride together as long as they can, because a link
(`$result`) reaches only inside its batch; what has to wait rides in the next wave.
"""

from collections.abc import Mapping, Sequence

from app.domain.plan import Plan, Ref, Step, StepKind, StepState
from app.pipeline.crm_side import Order

# The id stands inside a text there, where a link cannot, or nothing could be repaired that was linked wrongly: the
# step waits until the id is known.
NEEDS_KNOWN = {StepKind.NOTIFY, StepKind.ADD_TRACE}


def alone(step: Step) -> bool:
    """Files do not ride in a batch (Bitrix24: batch, "file upload")."""
    return bool(step.params.get("attach"))


def _known_only(step: Step) -> bool:
    return step.kind in NEEDS_KNOWN or step.state == StepState.REPAIR or alone(step)


def ready_steps(plan: Plan, limit: int) -> list[Step]:
    """Steps of a plan that can be sent now, in order, at most `limit`.

    A step is ready when everything it links to is made, or rides before it in the same batch. One that links to
    a failed step is failed here, in words.
    """
    chosen: list[Step] = []
    riding: set[str] = set()
    for step in plan.steps:
        if step.state not in (StepState.PLANNED, StepState.REPAIR):
            continue
        blocked = _blocked(plan, step, riding)
        if blocked is False and len(chosen) < limit:
            chosen.append(step)
            riding.add(step.name)
    together = [step for step in chosen if not alone(step)]
    return together or chosen[:1]


def _blocked(plan: Plan, step: Step, riding: set[str]) -> bool:
    for name in step.refs():
        target = plan.step(name)
        if target.state == StepState.DONE:
            continue
        if target.state in (StepState.FAILED, StepState.IN_DOUBT):
            step.state, step.problem = StepState.FAILED, f"depends_on:{name}"
            return True
        if name not in riding or _known_only(step):
            return True
    return False


def pack(plans: Mapping[int, Plan], size: int, most: int | None = None) -> list[list[Order]]:
    """The first `most` batches, of at most `size` orders, over the plans of many conversations.

    A plan's steps stay together; short plans fill what long ones leave free. A step that goes alone is a batch of
    its own. Only the last of all batches has room that nothing here could fill.
    """
    ready = {number: steps for number, plan in plans.items() if (steps := ready_steps(plan, size))}
    single = [[number] for number, steps in ready.items() if alone(steps[0])]
    chosen = single + _fitted({n: len(steps) for n, steps in ready.items() if not alone(steps[0])}, size)
    return [
        [order for number in batch for order in orders(number, plans[number], ready[number])]
        for batch in chosen[:most]
    ]


def _fitted(lengths: Mapping[int, int], size: int) -> list[list[int]]:
    """Which conversations share a batch: the longest plans first, each into the first batch that has room."""
    batches: list[list[int]] = []
    rooms: list[int] = []
    for number in sorted(lengths, key=lambda number: -lengths[number]):
        place = next((at for at, room in enumerate(rooms) if room >= lengths[number]), len(rooms))
        if place == len(rooms):
            batches.append([])
            rooms.append(size)
        batches[place].append(number)
        rooms[place] -= lengths[number]
    return batches


def orders(conversation_id: int, plan: Plan, steps: Sequence[Step]) -> list[Order]:
    """Orders for steps that ride in one batch. Keys are short and safe inside `$result[...]`."""
    known = {step.name: step.result for step in plan.steps if step.state == StepState.DONE and step.result}
    keys = {step.name: f"c{conversation_id}s{number}" for number, step in enumerate(steps)}
    kinds = {step.name: step.kind for step in steps}
    return [
        Order(
            key=keys[step.name],
            conversation_id=conversation_id,
            step=step,
            links={
                name: (keys[name], kinds[name]) for name in step.refs() if name in keys and name not in known
            },
            known={name: known[name] for name in _refs_of(step) if name in known},
        )
        for step in steps
    ]


def _refs_of(step: Step) -> set[str]:
    return {value.step for value in step.params.values() if isinstance(value, Ref)}
