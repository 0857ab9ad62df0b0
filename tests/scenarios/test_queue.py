"""The queue of responsible users, over rounds and restarts."""

from app.pipeline.drain import drain
from tests.support.stage import Stage

LEAD = 1
QUEUE = {"filter": None, "assign": {"kind": "queue", "user_ids": [9, 7, 1]}}


def assigned(here: Stage) -> list[int]:
    return [item["assignedById"] for item in here.items(LEAD)]


def chats(here: Stage, *numbers: int) -> None:
    for number in numbers:
        here.chat_started(number, f"79161234{number:03}")


def test_the_queue_rotates_within_a_round_and_over_rounds(here: Stage) -> None:
    here.save("chats", responsible={"rules": [QUEUE]})
    chats(here, 101, 102, 103, 104)
    here.settle()
    assert assigned(here) == [9, 7, 1, 9]
    chats(here, 105, 106)
    drain(here.road, here.installation_id, "another worker")
    here.settle()
    assert assigned(here) == [9, 7, 1, 9, 7, 1]


def test_only_what_is_assigned_takes_a_turn(quick: Stage) -> None:
    quick.save("chats", responsible={"rules": [QUEUE]}, create={"what": "crm"})
    chats(quick, 101)
    quick.settle()
    chats(quick, 101)
    quick.chat_started(102, "79161234101")  # the same client: goes into the open lead
    quick.settle()
    quick.chat_started(103, None)  # filtered: no contacts
    quick.settle()
    chats(quick, 104)
    quick.settle()
    assert assigned(quick) == [9, 7]


def test_another_list_goes_on_where_it_stood(quick: Stage) -> None:
    quick.save("chats", responsible={"rules": [QUEUE]})
    chats(quick, 101, 102)
    quick.settle()
    changed = {"filter": None, "assign": {"kind": "queue", "user_ids": [1, 9, 7]}}
    quick.save("chats", responsible={"rules": [changed]})
    chats(quick, 103, 104)
    quick.settle()
    assert assigned(quick) == [9, 7, 1, 9]
