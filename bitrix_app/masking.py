"""Parameters and answers of requests with everything masked that may be personal or secret.

What stays: names, ids, flags, codes in capitals, names of fields that are asked for, links between commands. A value
stays only where its name and its look both allow it. The way in is cheap; `of_command` is for the background.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import unquote

from bitrix_app.encoding import pairs

MASK = "***"
MOST = 2000
MOST_PAIRS = 200
MOST_IDS = 20

_SECRET = re.compile(
    r"(^|\[)(auth|access_token|refresh_token|application_token|client_secret)(\]|\[|$)", re.I
)
_PRIVATE = re.compile(
    r"^(uf_|ufcrm|property)|name|title|phone|mail|value|text|message|comment|descr|subject|body|address|"
    r"url|link|src|token|secret|pass|key|hash|file|content|city|street|find|search|query|^(fm|im|web|note|birthdate|post|login|inn|settings)$",
    re.I,
)
_ID = re.compile(r"ids?\d*$", re.I)
_ASKED = re.compile(r"^(select|order)(\[|$)", re.I)
_NUMBER = re.compile(r"-?\d{1,5}(\.\d{1,2})?")
_LONG_NUMBER = re.compile(r"\d{1,9}")
_CODE = re.compile(r"[A-Z][A-Z0-9_:]{0,31}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.*]{0,63}|\*")
_RESULT = re.compile(r"\$result(\[\w{1,64}\])+")
_PLAIN = (_NUMBER, _CODE, _RESULT)
_NUMBERED = (_NUMBER, _LONG_NUMBER, _CODE, _RESULT)


def of_params(params: Mapping[str, Any]) -> str:
    """Parameters of a request: `entityTypeId=2&fields[title]=***`."""
    return _told(_named(params))


def of_command(command: str) -> str:
    """The same of a ready command of a batch (`bitrix_app.encoding.command`)."""
    _, _, query = command.partition("?")
    return _told(_parted(query)) if query else ""


def of_result(result: Any, total: Any = None, following: Any = None) -> str:
    """The shape of a result: what it is, ids in it, how many there are. Nothing else of it."""
    told = [_kind(result), *_ids(result)]
    told += [f"total={total}"] if isinstance(total, int) else []
    told += [f"next={following}"] if isinstance(following, int) else []
    return " ".join(told)


def _told(pairs: Iterable[tuple[str, str]]) -> str:
    told, left = [], MOST
    for name, value in islice(pairs, MOST_PAIRS):
        allowed = _allowed(name[:200])
        if allowed is None:
            continue
        fits = len(value) <= 64 and any(look.fullmatch(value) for look in allowed)
        told.append(f"{name[:100]}={value if fits else MASK}")
        left -= len(told[-1]) + 1
        if left < 0:
            return "&".join(told)[: MOST - 1] + "…"
    return "&".join(told)


@lru_cache(maxsize=4096)
def _allowed(name: str) -> tuple[re.Pattern[str], ...] | None:
    """What a value of this name may look like to stay; None: not even its name stays."""
    if _SECRET.search(name):
        return None
    if _ASKED.search(name):
        return (_FIELD,)
    parts = [part for part in re.split(r"[\[\]]+", name) if part and not part.isdecimal()]
    parts = [part.lstrip("<>=!@%~+?") for part in parts]
    last = parts[-1] if parts else ""
    if any(re.match(r"uf_|ufcrm|property|phone|email", part, re.I) for part in parts):
        return ()
    if _ID.search(last):
        return _NUMBERED
    return () if _PRIVATE.search(last) else _PLAIN


def _named(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in pairs(params):
        yield name, str(int(value)) if isinstance(value, bool) else str(value)


def _parted(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&", MOST_PAIRS):
        name, _, value = pair.partition("=")
        yield unquote(name[:300]), value if len(value) > 200 else unquote(value)


def _kind(result: Any) -> str:
    if isinstance(result, Mapping):
        return "map"
    if isinstance(result, list):
        return f"list of {len(result)}"
    return {bool: "flag", int: "number", float: "number", type(None): "nothing"}.get(type(result), "text")


def _ids(result: Any) -> list[str]:
    """Of a number itself, of a row, of the row that a map holds (`item`), of the rows of a list."""
    if isinstance(result, Mapping):
        inner = list(islice(result.values(), 3))
        rows = next((held for held in inner if isinstance(held, list)), [])
        found = [_id(row) for row in (result, *(held for held in inner if isinstance(held, Mapping)))]
        found += [_id(row) for row in rows[:MOST_IDS]]
        count = [f"rows={len(rows)}"] if rows else []
    elif isinstance(result, list):
        found, count = [_id(row) for row in result[:MOST_IDS]], []
    else:
        found, count = [_id({"id": result})], []
    told = ",".join(one for one in found if one)
    return [*count, f"ids={told}"] if told else count


def _id(row: Any) -> str:
    value = (row.get("id") or row.get("ID")) if isinstance(row, Mapping) else None
    text = "" if value is None or isinstance(value, bool) else str(value)
    return text if _LONG_NUMBER.fullmatch(text) else ""
