"""A portal under its limits, in virtual time: they are used fully and never met (Bitrix24: limits)."""

from collections import Counter

import pytest

from tests.support.virtual_stage import QUICK, SLOW, hour

MINUTE = 60.0


@pytest.mark.timeout(300)
def test_a_backlog_uses_the_request_budget_and_meets_no_limit(sqlite_url: str) -> None:
    with hour(sqlite_url, QUICK) as backlog:
        backlog.run(MINUTE, waiting=300)
        portal = backlog.stage.portal
        batches = [len(request.commands) for request in portal.requests]
        assert backlog.refused() == 0
        assert len(batches) >= 0.9 * (50 + 2 * MINUTE)
        assert sum(batches) / len(batches) >= 42
        assert portal.violations == []


@pytest.mark.timeout(300)
def test_slow_writes_use_the_time_of_their_method_and_are_never_refused(sqlite_url: str) -> None:
    """A tenth of the real limit, so that three windows of ten minutes take a tenth of the chats."""
    limit = 48.0
    with hour(sqlite_url, SLOW, BITRIX24_OPERATING_S=str(limit)) as backlog:
        backlog.stage.portal.operating.limit_s = limit
        backlog.run(29 * MINUTE, waiting=100)
        assert backlog.refused() == 0
        commands = Counter(name for request in backlog.stage.portal.requests for name in request.commands)
        assert commands["crm.item.add"] * SLOW.write / 1000 >= 0.9 * 3 * limit
        # What cannot be carried out yet is not even begun: nobody's client is looked up twice.
        assert commands["crm.duplicate.findbycomm"] <= commands["crm.item.add"]
        assert backlog.stage.portal.violations == []


@pytest.mark.timeout(300)
def test_what_others_use_of_a_methods_time_is_respected(sqlite_url: str) -> None:
    """Another process of ours works for the same portal: only the answers tell of it."""
    with hour(sqlite_url, SLOW) as backlog:
        portal, card = backlog.stage.portal, backlog.stage.world.card
        portal.operating.add(card.client_id, "crm.item.add", 440.0)
        backlog.run(5 * MINUTE, waiting=80)
        assert backlog.refused() == 0
        assert 0 < backlog.done() < 60
