"""What is to be done in the CRM for one conversation: steps, their links, markers and outcomes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class StepState(StrEnum):
    """Where one step of a plan stands."""

    PLANNED = "planned"  # nothing was sent
    SENT = "sent"  # intent committed; the answer is not recorded yet
    UNKNOWN = "unknown"  # an answer never came: looked up by its marker before it may be sent again
    DONE = "done"  # effect confirmed, `result` holds the id
    REPAIR = "repair"  # made, but a link inside it did not resolve: its links are written again
    FAILED = "failed"  # refused for good; retryable by hand
    IN_DOUBT = "in_doubt"  # cannot be known, shown to a person, never sent again by itself


class StepKind(StrEnum):
    """Orders that the Bitrix24 side knows how to carry out."""

    CREATE_LEAD = "create_lead"
    CREATE_DEAL = "create_deal"
    CREATE_CONTACT = "create_contact"
    ADD_ACTIVITY = "add_activity"
    UPDATE_ACTIVITY = "update_activity"
    ADD_COMMENT = "add_comment"
    UPDATE_COMMENT = "update_comment"
    UPDATE_ITEM = "update_item"
    ADD_COMMUNICATION = "add_communication"
    NOTIFY = "notify"
    ADD_TRACE = "add_trace"


WITHOUT_MARKER = frozenset({StepKind.ADD_TRACE})
"""What cannot be found again: with an unknown outcome it is in doubt and never sent again by itself."""
ASIDE = frozenset({StepKind.ADD_TRACE})
"""What a conversation is done without: a failure is told, and holds up nothing."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The id that another step of the same plan will make. Stands only as a whole value."""

    step: str


@dataclass(slots=True, kw_only=True)
class Step:
    """One order. `params` are in the words of the domain (see `bitrix_app.execute`), values may be `Ref`."""

    name: str  # unique in its plan: "contact", "deal", "activity", "transcript:deal:1", "notify"
    kind: StepKind
    params: dict[str, Any]
    marker: str | None = None
    state: StepState = StepState.PLANNED
    result: int | None = None
    sent_at: float | None = None  # unix seconds of the committed intent
    attempts: int = 0
    not_before: float | None = None  # unix seconds: a pause to keep, whatever comes in meanwhile
    problem: str | None = None  # code and words of the vendor

    def refs(self) -> set[str]:
        """Names of the steps that this one links to."""
        return {value.step for value in self.params.values() if isinstance(value, Ref)}


@dataclass(slots=True, kw_only=True)
class Plan:
    """Steps in the order in which they are to be done."""

    steps: list[Step] = field(default_factory=list)

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def open(self) -> list[Step]:
        """Steps that still need work by the machine."""
        ended = {StepState.DONE, StepState.FAILED, StepState.IN_DOUBT}
        return [step for step in self.steps if step.state not in ended]

    def to_json(self) -> list[dict[str, Any]]:
        return [_step_to_json(step) for step in self.steps]

    @classmethod
    def from_json(cls, data: list[dict[str, Any]]) -> "Plan":
        return cls(steps=[_step_from_json(item) for item in data])


def _step_to_json(step: Step) -> dict[str, Any]:
    params = {k: {"$ref": v.step} if isinstance(v, Ref) else v for k, v in step.params.items()}
    item: dict[str, Any] = {
        "name": step.name,
        "kind": step.kind.value,
        "params": params,
        "state": step.state.value,
    }
    optional = {
        "marker": step.marker, "result": step.result, "sent_at": step.sent_at,
        "attempts": step.attempts, "not_before": step.not_before, "problem": step.problem,
    }  # fmt: skip
    return item | {key: value for key, value in optional.items() if value}


def _step_from_json(item: dict[str, Any]) -> Step:
    params = {
        k: Ref(v["$ref"]) if isinstance(v, dict) and v.keys() == {"$ref"} else v
        for k, v in item["params"].items()
    }
    return Step(
        name=item["name"], kind=StepKind(item["kind"]), params=params, marker=item.get("marker"),
        state=StepState(item["state"]), result=item.get("result"), sent_at=item.get("sent_at"),
        attempts=item.get("attempts", 0), not_before=item.get("not_before"), problem=item.get("problem"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Done:
    """The step had its effect. `result`: the id that was made, if one was."""

    result: int | None = None
    linked: bool = True  # False: made, but one of its links did not resolve


@dataclass(frozen=True, slots=True)
class Retry:
    """Nothing was done; may be sent again after `after` seconds. `counts`: whether an attempt was consumed."""

    after: float
    reason: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """Refused for good: code and words of the vendor."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer that says whether it was done."""

    reason: str


Outcome = Done | Retry | Failed | Unknown
