"""Plans for tests of the road: a contact, its deal, the deal's activity, a notification."""

from typing import Any

from app.domain.plan import Plan, Ref, Step, StepKind, StepState


def first_chat(**states: StepState) -> Plan:
    """The plan of a first chat; `states` by name of the step. Steps that are done have ids of their own."""
    steps = [
        Step(name="contact", kind=StepKind.CREATE_CONTACT, params={"name": "Гость"}),
        Step(name="deal", kind=StepKind.CREATE_DEAL, params={"contact_id": Ref("contact")}),
        Step(name="activity", kind=StepKind.ADD_ACTIVITY, params={"owner": Ref("deal")}),
        Step(name="notify", kind=StepKind.NOTIFY, params={"entity_id": Ref("deal")}),
    ]
    for number, step in enumerate(steps, start=1):
        step.state = states.get(step.name, StepState.PLANNED)
        if step.state in (StepState.DONE, StepState.REPAIR):
            step.result = number * 10
    return Plan(steps=steps)


def comments(count: int, **params: Any) -> Plan:
    """A plan of comments that do not depend on each other."""
    return Plan(
        steps=[
            Step(name=f"c{number}", kind=StepKind.ADD_COMMENT, params={"entity_id": 1} | params)
            for number in range(count)
        ]
    )
