"""The order of a time line: what happened first comes first, whenever we heard of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.web.journal.timeline import Moment, in_order

NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)


def moment(title: str, kind: str, heard: float, happened: float | None = None, **more: Any) -> Moment:
    """`heard`, `happened`: seconds after noon."""
    said_at = NOON + timedelta(seconds=happened) if happened is not None else None
    at = NOON + timedelta(seconds=heard)
    return Moment(at=at, kind=kind, source="callback", title=title, said_at=said_at, **more)


BEGAN = moment("began", "event", 130, 0, phase="began")


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        pytest.param(
            [moment("message", "message", 5, 5), BEGAN, moment("decision", "decision", 131)],
            ["began", "message", "decision"],
            id="a report told of the beginning when messages were known already",
        ),
        pytest.param(
            [moment("message", "message", 0.2, 0), moment("card", "event", 0.1), BEGAN],
            ["began", "message", "card"],
            id="nothing of its second comes before the beginning",
        ),
        pytest.param(
            [
                moment("call", "call", 9), moment("decision", "decision", 9),
                moment("closed", "event", 9, phase="over"), moment("message", "message", 9),
            ],
            ["message", "closed", "decision", "call"],
            id="of one instant what came before what was made of it",
        ),
        pytest.param(
            [moment("decision", "decision", 3), moment("message", "message", 2, 60)],
            ["message", "decision"],
            id="the clock of UIS is ahead of ours",
        ),
        pytest.param(
            [moment("decision", "decision", 3), moment("late", "message", 400, 2)],
            ["late", "decision"],
            id="a message of which we heard late stands where it was written",
        ),
    ],
)  # fmt: skip
def test_what_happened_first_comes_first(moments: list[Moment], expected: list[str]) -> None:
    assert [one.title for one in in_order(moments)] == expected
