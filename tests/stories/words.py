"""The words of the pages, from their own catalogues: a story reads the same in every language."""

import json
import re
from functools import cache

from app.base.texts import text
from tests.support.checkout import ROOT

LOCALES = ROOT / "frontend" / "src" / "locales"


@cache
def catalogue(lang: str) -> dict[str, object]:
    """Texts of a language: `common.json` at the top, every other file under its name."""
    found: dict[str, object] = {}
    for file in sorted((LOCALES / lang).glob("*.json")):
        texts = json.loads(file.read_text(encoding="utf-8"))
        found |= texts if file.stem == "common" else {file.stem: texts}
    return found


class Words:
    """`words("main.connection.connect")` is what stands on the page."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, key: str, **values: object) -> str:
        found: object = catalogue(self.lang)
        for part in key.split("."):
            assert isinstance(found, dict), key
            found = found[part]
        assert isinstance(found, str), key
        return re.sub(r"{(\w+)}", lambda name: str(values[name[1]]), found)

    def server(self, key: str, **values: object) -> str:
        """What the server says, from its own catalogue."""
        return text(key, self.lang, **values)
