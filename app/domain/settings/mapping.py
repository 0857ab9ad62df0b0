"""Field mapping: what goes into which field of the CRM."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, model_validator

from app.domain.settings.base import Compact, Name, Template, Text
from app.domain.settings.errors import refuse
from app.domain.source_fields import source_field

MappedEntity = Literal["lead", "deal", "contact", "company", "activity"]


def _known(name: str) -> str:
    if source_field(name) is None:
        raise refuse("unknown_source_field", name=name[:100])
    return name


class MappingRule(Compact):
    """Exactly one of `source`, `constant`, `template` goes into `field` (named as in crm.item.fields)."""

    source: Annotated[str, AfterValidator(_known)] | None = None
    constant: bool | int | float | Text | list[int | float | Text] | None = None
    template: Template | None = None
    entity: MappedEntity
    field: Name
    mode: Literal["always", "if_empty", "append"] = "always"

    @model_validator(mode="before")
    @classmethod
    def _one_origin(cls, value: Any) -> Any:
        if isinstance(value, dict):
            given = [key for key in ("source", "constant", "template") if value.get(key) is not None]
            if len(given) != 1:
                raise refuse("one_of", at=given[1] if given else "source")
        return value
