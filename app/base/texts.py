"""Texts for people, by key and language.

The catalogues lie in `texts/`: flat JSON, `<lang>.json` and one `<area>.<lang>.json` per area.
"""

import json
import re
from functools import cache, lru_cache
from pathlib import Path

LANGUAGES = ("ru", "en")
FALLBACK = "en"

_FOLDER = Path(__file__).with_name("texts")
_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All texts of one of LANGUAGES."""
    merged: dict[str, str] = {}
    for file in sorted([_FOLDER / f"{lang}.json", *_FOLDER.glob(f"*.{lang}.json")]):
        loaded: dict[str, str] = json.loads(file.read_text("utf-8"))
        if doubled := merged.keys() & loaded.keys():
            raise ValueError(f"{file.name} says again what another file says: {sorted(doubled)}")
        merged |= loaded
    return merged


@lru_cache(maxsize=1_000)
def language(lang: str | None) -> str:
    """One of LANGUAGES for what a portal or a browser says ("ru", "ru-RU", "de", None)."""
    short = re.split(r"[-_,;]", (lang or "").strip().lower(), maxsplit=1)[0]
    return short if short in LANGUAGES else FALLBACK


def text(key: str, lang: str | None, **params: object) -> str:
    """The text of `key`; `{name}` becomes a parameter, literally and once. Raises KeyError when unknown."""
    template = catalogue(language(lang))[key]
    return _PLACEHOLDER.sub(lambda match: str(params.get(match[1], match[0])), template)


def placeholders(template: str) -> set[str]:
    """Names of the parameters that a text wants."""
    return set(_PLACEHOLDER.findall(template))
