"""Values of a source field that the latest real communications had: what a filter is likely to ask for."""

from collections import Counter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain.facts import fact
from app.domain.settings import FieldError
from app.domain.source_fields import source_field
from app.pipeline.rehearsal import latest
from app.rules.fields.values import elements
from app.storage.database import reading
from app.web.api.spec import call
from app.web.caller import caller, services
from app.web.problems import Problem, field_messages

KINDS = {"chats": "chat", "offline": "offline"}
LOOKED_AT = 300
MOST = 50
LONGEST = 200
"""Characters: longer values are texts that nobody compares with."""


class Wanted(BaseModel):
    """The name of a source field."""

    field: Annotated[str, Field(max_length=300)]


class SeenValue(BaseModel):
    """A value and how many of the latest communications had it."""

    value: str
    count: int


class Seen(BaseModel):
    """The commonest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"value": "yandex", "count": 12}]}]})

    items: list[SeenValue]


def _seen(section: str, name: str) -> dict[str, Any]:
    if source_field(name) is None:
        error = FieldError("field", "unknown_source_field", {"name": name[:100]})
        raise Problem(422, "not_valid", errors=field_messages([error]))
    with services().sessions() as session:
        rows = latest(reading(session), caller().installation_id, KINDS[section], LOOKED_AT)
        found = Counter(str(value) for row in rows for value in elements(fact(row.facts, name)))
    common = [(value, count) for value, count in found.most_common() if len(value) <= LONGEST]
    return {"items": [{"value": value, "count": count} for value, count in common[:MOST]]}


def _declare(section: str) -> None:
    @call("GET", f"/settings/{section}/seen", answer=Seen, open_to="admin")
    def seen(query: Wanted) -> Any:
        return _seen(section, query.field)


for _section in KINDS:
    _declare(_section)
