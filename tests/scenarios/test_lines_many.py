"""Many dialogs at once, callbacks and events doubled, shuffled and lost: each message once, in order, on both sides."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import lines_load
from tests.support.counter import counter
from tests.support.databases import KINDS
from tests.support.lines_load import Load

# `python -m bench lines` does the same with 1,000.
LOAD = Load(dialogs=50, each=10)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_each_message_arrives_once_and_in_order_on_both_sides(
    kind: str, databases: Any, tmp_path: Path
) -> None:
    with databases.database(kind, tmp_path, migrated=True) as url, counter(url, tmp_path) as house:
        house.save("open_lines", signature=False)
        lines_load.clients_write(house, LOAD)
        house.uis.flush(120)
        house.work_off()
        house.read(lines_load.LATE_READ)
        house.work_off()
        assert lines_load.faults_of_lines(house, LOAD) == []
        assert lines_load.messages_per_request(house, LOAD) >= 20

        lines_load.operators_answer(house, LOAD)
        assert house.portal.events.wait_idle(120)
        house.work_off()
        assert lines_load.faults_of_clients(house, LOAD) == []
        assert house.states() == {"done"}
        assert house.portal.violations == []
