"""When the share of dialogs with a session says that something is wrong on the site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.analytics.capture import Rate, has_fallen, never_came

FALLEN: list[tuple[Rate, Rate, bool]] = [
    (Rate(100, 80), Rate(100, 30), True),
    (Rate(100, 80), Rate(100, 40), False),
    (Rate(100, 80), Rate(100, 0), True),
    (Rate(100, 80), Rate(19, 0), False),
    (Rate(19, 19), Rate(100, 0), False),
    (Rate(100, 19), Rate(100, 0), False),
    (Rate(100, 20), Rate(100, 9), True),
    (Rate(), Rate(), False),
]
NEVER: list[tuple[str, Rate, Rate, bool]] = [
    ("livechat", Rate(10), Rate(10), True),
    ("livechat", Rate(10), Rate(9), False),
    ("livechat", Rate(10, 1), Rate(90), False),
    ("telegrambot", Rate(100), Rate(100), False),
]
rates = st.builds(
    lambda dialogs, share: Rate(dialogs, int(dialogs * share)), st.integers(0, 500), st.floats(0, 1)
)


@pytest.mark.parametrize(("before", "now", "fallen"), FALLEN)
def test_a_fall_is_told_where_there_is_enough_to_tell_from(before: Rate, now: Rate, fallen: bool) -> None:
    assert has_fallen(before, now) is fallen


@pytest.mark.parametrize(("connector", "before", "now", "never"), NEVER)
def test_a_script_that_is_not_there_is_told_of_the_sites_own_chat_alone(
    connector: str, before: Rate, now: Rate, never: bool
) -> None:
    assert never_came(connector, before, now) is never


@given(before=rates, now=rates, more=st.integers(0, 500))
def test_more_sessions_never_make_a_fall(before: Rate, now: Rate, more: int) -> None:
    better = Rate(now.dialogs, min(now.dialogs, now.captured + more))
    assert has_fallen(before, now) or not has_fallen(before, better)
