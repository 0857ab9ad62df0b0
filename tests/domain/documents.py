"""Settings documents for tests, and what is wrong with them."""

from typing import Any

import pytest

from app.domain.settings import SettingsError, defaults, parse


def chats(**changes: Any) -> dict[str, Any]:
    """The defaults of chats, switched on, with changes by dotted path (`create__moment`)."""
    made = defaults("chats")
    made["enabled"] = True
    made["responsible"]["default_user_id"] = 1
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = made
        for parent in parents:
            place = place[parent]
        place[last] = value
    return made


def errors(section: str, value: Any) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        parse(section, value)
    return {error.field: error.code for error in caught.value.errors}


def group(*items: Any, op: str = "and") -> dict[str, Any]:
    return {"op": op, "items": list(items)}


def condition(field: str, cmp: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "cmp": cmp, **({"value": value[0]} if value else {})}
