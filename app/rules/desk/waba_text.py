"""Texts of WABA templates: which variables they have, and the text that a client gets.

UIS does not say how variables look ("Работа с каналом типа waba" gives the fields only); both forms that are in use are
understood: `{{1}}`, `{{name}}` of WhatsApp, and `{name}`. What stands for them is a text or Liquid over the card.
"""

import re
from collections.abc import Mapping
from typing import Any

from liquid.exceptions import LiquidError

from app.domain.templates import parse

LONGEST = 1_000
"""Characters of one value."""
MOST_TEXT = 4_096
_VARIABLE = re.compile(r"\{\{\s*([^\W][\w.]{0,63})\s*\}\}|\{([^\W\d][\w.]{0,63})\}")
_PARTS = ("header", "footer", "keyboard")
_FIRST = "1"


class ValueProblem(Exception):
    """A variable cannot be filled: `name` of it, `code` of the words."""

    def __init__(self, name: str, code: str) -> None:
        super().__init__(f"{name}: {code}")
        self.name = name
        self.code = code


def text_of(template: Mapping[str, Any]) -> str:
    """The text of a template as UIS keeps it."""
    content = template.get("content")
    return str(content.get("text") or "") if isinstance(content, Mapping) else ""


def variables(text: str) -> list[str]:
    """Names of the variables of a text, each once, in their order."""
    return list(dict.fromkeys(found[1] or found[2] for found in _VARIABLE.finditer(text)))


def suggested(text: str, fields: Mapping[str, str]) -> dict[str, str]:
    """What may stand for each variable, as Liquid: a field of the same name, for the first number the client's name."""
    found = {}
    for name in variables(text):
        field = "name" if name == _FIRST else name
        found[name] = f"{{{{ {field} }}}}" if field in fields else ""
    return found


def evaluated(value: str, fields: Mapping[str, str], name: str = "") -> str:
    """A value with the fields of the card in it, on one line. Raises ValueProblem."""
    try:
        made = parse(value).render(**fields)
    except (LiquidError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        raise ValueProblem(name, "value_broken") from None
    line = " ".join(made.split())
    if len(line) > LONGEST:
        raise ValueProblem(name, "value_long")
    return line


def filled(text: str, values: Mapping[str, str], fields: Mapping[str, str]) -> str:
    """The text that the client gets. Raises ValueProblem for the first variable that nothing stands for."""
    made = {name: evaluated(values.get(name, ""), fields, name) for name in variables(text)}
    for name, value in made.items():
        if not value:
            raise ValueProblem(name, "value_missing")
    return _VARIABLE.sub(lambda found: made[found[1] or found[2]], text)[:MOST_TEXT]


def message_template(template: Mapping[str, Any], text: str) -> dict[str, Any]:
    """`context.template` of a message. Chat API: "Отправка сообщения с использованием шаблона"."""
    content = template.get("content")
    parts = (
        {name: content[name] for name in _PARTS if content.get(name)} if isinstance(content, Mapping) else {}
    )
    return {"id": template.get("id"), "text": text, **parts}
