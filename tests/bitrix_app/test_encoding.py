"""Commands of a batch arrive as they were meant, whatever clients write into them."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bitrix_app.encoding import ResultOf, command
from sandbox.bitrix.wire import decode_query

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAME = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ_@=!%<>0123456789", min_size=1, max_size=12).filter(
    lambda name: not name.isdigit()
)
LEAF = st.one_of(TEXT, st.integers(-(2**53), 2**53), st.booleans(), st.none())
TREE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAME, inner, max_size=4),
    max_leaves=12,
)


def as_read(value: Any) -> Any:
    """What PHP makes of a value: text everywhere, nothing for what is empty, lists without holes."""
    if isinstance(value, dict):
        held = {name: as_read(item) for name, item in value.items()}
        return {name: item for name, item in held.items() if item is not None} or None
    if isinstance(value, list):
        items = [as_read(item) for item in value]
        if None in items:  # a hole: the numbers of the others stay, so it is a map
            rest = {str(number): item for number, item in enumerate(items) if item is not None}
            whole = [*rest] == [str(number) for number in range(len(rest))]
            return ([*rest.values()] if whole else rest) or None
        return items or None
    if isinstance(value, bool):
        return "1" if value else "0"
    return None if value is None else harmless(str(value))


def harmless(text: str) -> str:
    """A dollar sign before "result" is parted from it."""
    return re.sub(r"\$(result)", "$\u200b\\1", text, flags=re.IGNORECASE)


@given(params=st.dictionaries(NAME, TREE, max_size=5))
def test_what_is_written_is_what_is_read(params: dict[str, Any]) -> None:
    method, _, query = command("crm.item.add", params).partition("?")
    assert method == "crm.item.add"
    assert decode_query(query) == (as_read(params) or {})


@given(before=TEXT, after=TEXT, word=st.sampled_from(["$result[c1s0][item][id]", "$RESULT[x]", "$result"]))
def test_a_client_never_links_to_an_answer(before: str, after: str, word: str) -> None:
    query = command("crm.item.add", {"title": before + word + after}).partition("?")[2]
    assert "$result" not in decode_query(query)["title"].lower()


def test_our_own_links_stand_as_whole_values() -> None:
    link = ResultOf("c1s0", ("item", "id"))
    query = command("crm.item.add", {"fields": {"contactId": link}}).partition("?")[2]
    assert decode_query(query) == {"fields": {"contactId": "$result[c1s0][item][id]"}}


def test_a_command_without_values_is_its_method() -> None:
    assert command("app.info", {"filter": {}, "select": []}) == "app.info"
