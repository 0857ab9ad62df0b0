"""Letters to lines ride together in as few calls as their order allows, and every answer is looked at."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mail import Delivered, Exit, Kind, Letter
from app.domain.plan import Failed, Retry, Unknown
from bitrix_app.errors import BitrixError, MethodLimited, NoAnswer, Rejected
from bitrix_app.open_lines import answers as line_answers
from bitrix_app.open_lines.calls import SEND, Call, calls_of, pack


def letter(number: int, thread: str = "d1", kind: Kind = Kind.MESSAGE, line: int = 1, **body: Any) -> Letter:
    element = {"user": {"id": "v1"}, "message": {"id": str(number), "text": "x"}, "chat": {"id": "c"}}
    return Letter(
        id=number, exit=Exit.LINE, thread=thread, conversation_id=None, kind=kind,
        body={"line": line, "dialog": 1, "element": element} | body,
    )  # fmt: skip


LETTERS = st.lists(
    st.tuples(
        st.sampled_from(["d1", "d2", "d3", "s1"]),
        st.sampled_from([Kind.MESSAGE, Kind.EDIT, Kind.DELETE, Kind.DELIVERY, Kind.FINISH, Kind.NOTICE]),
        st.sampled_from([1, 2]),
    ),
    max_size=40,
)


@given(LETTERS)
def test_every_letter_rides_once_and_every_thread_keeps_its_order(found: list[tuple[str, Kind, int]]) -> None:
    group = [letter(number, thread, kind, line) for number, (thread, kind, line) in enumerate(found)]
    ridden = [one.id for call in calls_of(group) for one in call.letters]
    assert sorted(ridden) == [one.id for one in group]
    threads = {one.id: one.thread for one in group}
    seen: dict[str, list[int]] = defaultdict(list)
    for number in ridden:
        seen[threads[number]].append(number)
    assert all(numbers == sorted(numbers) for numbers in seen.values())
    assert all(len({(one.kind, one.body["line"]) for one in call.letters}) == 1 for call in calls_of(group))


def test_many_messages_of_many_dialogs_are_one_call() -> None:
    group = [letter(number, f"d{number % 10}") for number in range(50)]
    assert [len(call.letters) for call in calls_of(group)] == [50]


def test_an_edit_between_two_messages_keeps_them_apart() -> None:
    calls = calls_of([letter(1), letter(2, kind=Kind.EDIT), letter(3), letter(4, "d2")])
    assert [[one.id for one in call.letters] for call in calls] == [[1], [2], [3, 4]]


RUNS = st.lists(
    st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.booleans()), min_size=1, max_size=30), max_size=12
)


@given(RUNS, st.integers(5, 50))
def test_groups_take_leading_letters_of_threads_and_are_no_larger_than_the_portal_bears(
    found: list[list[tuple[int, bool]]], most: int
) -> None:
    runs = [
        [
            letter(
                at * 100 + place, f"d{at}", Kind.MESSAGE, line, **({"file": {"name": "a"}} if file else {})
            )
            for place, (line, file) in enumerate(run)
        ]
        for at, run in enumerate(found)
    ]
    groups = pack(runs, most)
    taken: dict[str, list[int]] = defaultdict(list)
    for group in groups:
        assert 0 < len(group) <= most
        assert len(group) == 1 or not any(one.body.get("file") for one in group)
        for thread in {one.thread for one in group}:
            assert thread not in taken, "a thread is in two groups"
        for one in group:
            taken[one.thread].append(one.id)
    for run in runs:
        ids = [one.id for one in run]
        assert taken[run[0].thread] == ids[: len(taken[run[0].thread])] != []


def test_long_texts_do_not_ride_in_one_request() -> None:
    runs = [
        [letter(at, f"d{at}", element={"message": {"id": "1", "text": "x" * 20_000}})] for at in range(10)
    ]
    assert max(len(group) for group in pack(runs, 50)) <= 3


def result(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"SUCCESS": True, "DATA": {"RESULT": list(rows)}}


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"user": "585", "message": {"id": str(number)}, "chat": {"id": "c"}, "SUCCESS": True} | more


CALL = Call(SEND, 1, [letter(1), letter(2)])
SESSION = {"session": {"ID": "301", "CHAT_ID": "1701"}}
HERE = Delivered({"session_id": 301, "im_chat_id": 1701})
BAD = {"SUCCESS": False, "ERRORS": ["user.name is longer"]}
REFUSED = Failed('line_refused {"words": "user.name is longer"}')


@pytest.mark.parametrize(
    ("answer", "deliveries"),
    [
        (result(row(1, **SESSION), row(2, **SESSION)), [HERE, HERE]),
        (result(row(1, **SESSION), row(2, **BAD)), [HERE, REFUSED]),
        (result(row(2, **BAD), row(1, **SESSION)), [HERE, REFUSED]),
        (result(row(1), row(2)), [Delivered(), Delivered()]),
        (result(row(1, **SESSION)), [HERE, Unknown("no answer for this message")]),
        (result({"SUCCESS": True}, {"SUCCESS": False, "ERRORS": [{"message": "bad"}]}),
         [Delivered(), Failed('line_refused {"words": "bad"}')]),
        ({"SUCCESS": True, "DATA": []}, [Unknown("no answer for this message")] * 2),
        (None, [Unknown("no answer for this message")] * 2),
    ],
)  # fmt: skip
def test_every_element_of_an_answer_is_looked_at(answer: Any, deliveries: list[Any]) -> None:
    assert line_answers.read(CALL, answer) == deliveries


@pytest.mark.parametrize(
    ("error", "delivery"),
    [
        (NoAnswer("timeout"), Unknown("timeout")),
        (NoAnswer("no route", sent=False), Retry(5.0, "no route", counts=False)),
        (MethodLimited(SEND, 30.0), Retry(30.0, f"{SEND}: OPERATION_TIME_LIMIT", counts=False)),
        (Rejected("NOT_ACTIVE_LINE", "off"), Failed('not_active_line {"line": 1}')),
        (Rejected("SOMETHING_NEW", "?"), Failed('bitrix_refused {"reason": "SOMETHING_NEW", "words": "?"}')),
    ],
)
def test_an_error_of_the_whole_call_is_told_apart(error: BitrixError, delivery: Any) -> None:
    assert line_answers.refused(CALL, error) == [delivery, delivery]


@pytest.mark.parametrize("kind", [Kind.EDIT, Kind.DELETE, Kind.DELIVERY])
def test_what_is_harmless_twice_is_sent_again_without_a_doubt(kind: Kind) -> None:
    [delivery] = line_answers.refused(Call("x", 1, [letter(1, kind=kind)]), NoAnswer("timeout"))
    assert isinstance(delivery, Retry)


def test_behind_a_message_that_waits_no_refusal_of_its_dialog_counts() -> None:
    letters = [letter(1), letter(2, kind=Kind.EDIT), letter(3, "d2")]
    waits = Retry(5.0, "busy", counts=False)
    assert line_answers.in_order(letters, [waits, REFUSED, REFUSED]) == [waits, waits, REFUSED]
