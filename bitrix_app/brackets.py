"""Forms with bracket keys, as Bitrix24 sends events: `data[MESSAGES][0][im][chat_id]=5`.

Bitrix24: api-reference/events (POST application/x-www-form-urlencoded). All values are texts.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

MOST_DEPTH = 10
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The tree that the names describe. What contradicts it (`a=1&a[b]=2`) or is too deep is left out."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        _put(tree, [found[1], *_PART.findall(found[2])], value)
    return tree


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    if len(path) > MOST_DEPTH:
        return
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree.setdefault(path[-1] or str(len(tree)), value)


def rows(value: Any) -> list[Any]:
    """A list as PHP writes it (keys 0..n-1), in its order; a lone value is a list of one, nothing is empty."""
    if isinstance(value, Mapping):
        return [held for _, held in sorted(value.items(), key=lambda pair: _place(pair[0]))]
    return [] if value in (None, "") else [value]


def _place(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() and len(name) < 10 else (10**9, name)
