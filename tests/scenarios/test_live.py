"""The transcript written live: grouped, in order, growing over the limit of one comment."""

import re

import pytest

from app.rules import transcript
from tests.support.stage import Stage

LEAD = 1
LIVE = {"moment": "live", "to": ["lead"]}


def commands(here: Stage, since: int) -> list[str]:
    """Commands of the comments, as batches carried them."""
    done = [command for request in [*here.portal.requests][since:] for command in request.commands]
    return [name for name in done if name.startswith("crm.timeline.comment")]


def said(here: Stage) -> list[str]:
    comments = here.comments(LEAD, here.items(LEAD)[0]["id"])
    return [word for text in comments for word in re.findall(r"слово\d+", text)]


def test_one_update_for_what_was_said_together(here: Stage) -> None:
    here.save("chats", transcript=LIVE)
    here.chat_started(1)
    here.message(1, 11, "слово11")
    here.work_off()
    assert said(here) == ["слово11"]
    before = len(here.portal.requests)
    for number in range(12, 22):
        here.message(1, number, f"слово{number}", "operator" if number % 2 else "visitor")
        here.drain()
    here.work_off()
    assert said(here) == [f"слово{number}" for number in range(11, 22)]
    assert commands(here, before) == ["crm.timeline.comment.update"]
    assert len(here.comments(LEAD, here.items(LEAD)[0]["id"])) == 1


def test_what_comes_out_of_order_is_put_in_order(here: Stage) -> None:
    here.save("chats", transcript=LIVE)
    here.chat_started(1)
    for number in (13, 11, 15):
        here.message(1, number, f"слово{number}")
        here.work_off()
    here.message(1, 12, "слово12")
    here.message(1, 14, "слово14")
    here.closed(1)
    here.work_off()
    assert said(here) == ["слово11", "слово12", "слово13", "слово14", "слово15"]
    assert here.unsettled() == []


def test_a_long_conversation_goes_on_in_further_comments(
    here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcript, "LIMIT", transcript.MIN_LIMIT)
    monkeypatch.setattr(transcript.render, "__kwdefaults__", {"limit": transcript.MIN_LIMIT})
    here.save("chats", transcript=LIVE)
    here.chat_started(1)
    for number in range(11, 31):
        here.message(1, number, f"слово{number} " + "я" * 900)
        here.work_off()
    comments = here.comments(LEAD, here.items(LEAD)[0]["id"])
    assert len(comments) > 3
    assert all(len(text) <= transcript.MIN_LIMIT for text in comments)
    assert said(here) == [f"слово{number}" for number in range(11, 31)]
    assert here.portal.violations == []


def test_what_is_said_after_the_close_makes_a_further_comment(quick: Stage) -> None:
    quick.save("chats", transcript=LIVE)
    quick.chat_started(1)
    quick.message(1, 11, "слово11")
    quick.work_off()
    quick.closed(1)
    quick.work_off()
    quick.message(1, 3000, "слово3000")
    quick.work_off()
    assert said(quick) == ["слово11", "слово3000"]


def test_a_conversation_without_pauses_is_written_all_the_same(quick: Stage) -> None:
    quick.save("chats", transcript=LIVE)
    quick.chat_started(1)
    quick.pass_time(8)
    for number in range(11, 131):  # a message every second, for two minutes
        quick.message(1, number, f"слово{number}")
        quick.pass_time(1)
    assert len(said(quick)) > 80
    written = commands(quick, 0)
    assert 3 <= len(written) <= 6
