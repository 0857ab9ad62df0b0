"""What all settings documents share: strictness, ids, texts."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from app.domain.settings.errors import FieldError, refuse
from app.domain.templates import problem_of

Entity = Literal["lead", "deal"]
MAX_ID = 2**63 - 1
MAX_DEPTH = 100
T = TypeVar("T")


class Model(BaseModel):
    """Strict (true is not 1, "7" is not 7), closed (unknown keys are refused), frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Compact(Model):
    """A model whose optional keys that were never given stay out of the stored document."""

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if key in self.model_fields_set}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Described by its keys, which the serializer hides; what may be absent has no default in answers."""
        told = handler(cast(core_schema.CoreSchema, _without_serializer(cast(dict[str, Any], core))))
        for described in handler.resolve_ref_schema(told).get("properties", {}).values():
            described.pop("default", None)
        return told


def _without_serializer(core: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without what hides the keys; a validator of the whole model lies round it."""
    kept = {key: value for key, value in core.items() if key != "serialization"}
    inner = kept.get("schema")
    return kept | {"schema": _without_serializer(inner)} if isinstance(inner, Mapping) else kept


class Section(Model):
    """A section of the settings: one document, saved as a whole."""

    enabled: bool = False

    @classmethod
    def cross_checks(cls, document: Mapping[str, Any]) -> list[FieldError]:
        """Errors between keys, read from the raw document so that they are told together with all others."""
        return []


def too_deep(document: Any) -> str | None:
    """The key of the document below which lists and objects nest beyond MAX_DEPTH; None when none does."""
    if not isinstance(document, Mapping):
        return None
    for key, value in document.items():
        level = [value]
        for _ in range(MAX_DEPTH):
            level = [child for one in level for child in _children(one)]
        if level:
            return str(key)
    return None


def _children(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def no_nul(text: str) -> str:
    """Refuses the one character that PostgreSQL cannot hold in text."""
    if "\0" in text:
        raise refuse("forbidden_character")
    return text


def distinct(values: list[T]) -> list[T]:
    """Refuses a list that names something twice."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise refuse("duplicate", at=str(index))
    return values


def _template(source: str) -> str:
    problem = problem_of(source)
    if problem is not None:
        raise refuse("template", line=problem.line, column=problem.column, reason=problem.reason)
    return source


Id = Annotated[int, Field(ge=1, le=MAX_ID)]
CategoryId = Annotated[int, Field(ge=0, le=MAX_ID)]
Text = Annotated[str, Field(max_length=10_000), AfterValidator(no_nul)]
Name = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(no_nul)]
Template = Annotated[str, Field(max_length=2_000), AfterValidator(no_nul), AfterValidator(_template)]
