"""Commands of a batch: PHP-style queries, names and values URL-encoded.

Bitrix24: settings/how-to-call-rest-api/batch, data-encoding.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

_LINK = re.compile(r"\$(?=result)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ResultOf:
    """`$result[key][...]`: a value that an earlier command of the same batch brings. Only as a whole value."""

    key: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"$result[{self.key}]" + "".join(f"[{part}]" for part in self.path)


def command(method: str, params: Mapping[str, Any]) -> str:
    """`method?query` as it stands in `cmd` of a JSON body."""
    query = "&".join(f"{name}={_value(value)}" for name, value in pairs(params, _quoted))
    return f"{method}?{query}" if query else method


def pairs(value: Any, spell: Callable[[str], str] = str, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of parameters with its name as PHP writes it, `fields[fm][0]`; `spell`: of each part of the name.

    What is None is left out.
    """
    if isinstance(value, Mapping):
        for part, held in value.items():
            yield from pairs(held, spell, f"{name}[{spell(part)}]" if name else spell(part))
    elif isinstance(value, list | tuple):
        for number, held in enumerate(value):
            yield from pairs(held, spell, f"{name}[{number}]")
    elif value is not None:
        yield name, value


def _quoted(part: str) -> str:
    return quote(str(part), safe="")


def _value(value: Any) -> str:
    if isinstance(value, ResultOf):
        return quote(str(value), safe="$[]")
    if isinstance(value, bool):
        return "1" if value else "0"
    # A client's text must not be read as a link to another command's answer: Bitrix24 replaces `$result[`
    # wherever it stands in a value, so the dollar sign is parted from the word.
    return quote(_LINK.sub("$\u200b", str(value)), safe="")
