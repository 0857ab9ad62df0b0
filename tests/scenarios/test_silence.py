"""A portal that does not answer is left alone for longer each time, so that it does not hold the threads of others."""

import pytest

from bitrix_app.limits.silence import Silence, pause_after
from tests.scenarios.conftest import NewStage
from tests.support.stage import Stage


@pytest.mark.parametrize(
    ("times", "seconds", "pause"),
    [
        (1, 0.1, 5),
        (1, 65, 5),
        (2, 0.1, 10),
        (3, 65, 20),
        (4, 0.1, 30),
        (9, 0.1, 30),
        (9, 65, 325),
        (99, 65, 325),
    ],
)
def test_the_pause_grows_up_to_what_the_silence_costs(times: int, seconds: float, pause: float) -> None:
    assert pause_after(times, seconds) == pause


def test_requests_that_were_under_way_together_count_once() -> None:
    silence = Silence()
    assert [silence.kept(began=0.0, ended=65.0 + n) for n in range(6)] == [5.0] * 6
    assert silence.kept(began=75.0, ended=140.0) == 10.0
    silence.broken()
    assert silence.kept(began=150.0, ended=151.0) == 5.0


def test_a_portal_that_comes_back_is_worked_on_as_before(new_stage: NewStage) -> None:
    here = new_stage(HTTP_READ_TIMEOUT_S="5")
    here.world.faults.add("bitrix", "batch", "reset_before", times=5)
    here.chat_started(1)
    here.settle()
    pauses = [_rest(here)]
    while here.world.faults.list():
        here.pass_time(_rest(here) + 0.1)
        pauses.append(_rest(here))
    assert [round(pause) for pause in pauses] == [5, 10, 20, 30, 30]
    here.work_off()
    assert (here.conversation(1).state, len(here.items(1))) == ("done", 1)
    assert here.clients[here.installation_id].silence.kept(1e12, 1e12) == 5.0


def _rest(here: Stage) -> float:
    due = here.conversation(1).due_at
    assert due is not None
    return (due - here.services.clock.now()).total_seconds()
