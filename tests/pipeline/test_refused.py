"""What a creating step gives up when the portal refuses it, in which order, and that it gets everything back."""

from typing import Any

import pytest

from app.domain.plan import Plan, Step, StepKind, StepState
from app.pipeline.refused import refuse, told

VALUE = "CRM_FIELD_ERROR_VALUE_NOT_VALID: value is refused"
STAGE = "CRM_FIELD_ERROR_VALUE_NOT_VALID: Invalid value for stageId"
FULL: dict[str, Any] = {"title": "x", "category_id": 2, "stage_id": "C2:NEW", "extra": {"ufCrm_1": 1}}


def refused(*reasons: str, kind: StepKind = StepKind.CREATE_DEAL, **params: Any) -> Step:
    step = Step(name="deal", kind=kind, params=FULL | params)
    for reason in reasons:
        refuse(step, reason)
    return step


@pytest.mark.parametrize(
    ("reasons", "kept"),
    [
        ([STAGE], {"category_id": 0, "stage_id": None, "extra": {"ufCrm_1": 1}}),
        ([VALUE], {"category_id": 2, "stage_id": "C2:NEW"}),
        ([VALUE, VALUE], {"category_id": 0, "stage_id": None}),
        ([STAGE, VALUE], {"category_id": 0, "stage_id": None}),
    ],
)
def test_what_is_named_goes_first_then_mapped_fields_then_the_stage(
    reasons: list[str], kept: dict[str, Any]
) -> None:
    step = refused(*reasons)
    assert step.state == StepState.PLANNED
    names = ("category_id", "stage_id", "extra")
    assert {name: step.params[name] for name in names if name in step.params} == kept


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        ((STAGE, VALUE, "ACCESS_DENIED"), StepKind.CREATE_DEAL),
        ((VALUE, "ACCESS_DENIED"), StepKind.CREATE_DEAL),
        ((VALUE, VALUE, VALUE), StepKind.CREATE_LEAD),
        ((VALUE, STAGE), StepKind.CREATE_CONTACT),
    ],
)
def test_refused_with_less_it_fails_with_the_first_reason_and_has_everything_back(
    reasons: tuple[str, ...], kind: StepKind
) -> None:
    step = refused(*reasons, kind=kind)
    assert (step.state, step.problem, step.params) == (StepState.FAILED, reasons[0], FULL)


def test_the_journal_names_what_was_left_out() -> None:
    step = refused(STAGE, VALUE)
    step.state = StepState.DONE
    lines = told(Plan(steps=[step]))
    assert [line["code"] for line in lines] == ["mapping_refused", "stage_refused"]
    assert lines[1]["params"]["stage"] == "C2:NEW"
