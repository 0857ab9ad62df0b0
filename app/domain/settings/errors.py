"""What is wrong with a settings document: fields, codes and parameters; words are made in the catalogues."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

TAG = "~"
"""First character of the tags of unions: they are no part of a document and are left out of paths."""

_AT = "at"


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """One error. `field` is a dotted path with list indexes (`mapping.0.field`, "" is the document itself);
    the text is `settings.<code>` in the catalogues with `params`."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class SettingsError(Exception):
    """The document is refused; `errors` has everything that is wrong with it."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field or 'document'}: {error.code}" for error in errors))
        self.errors = list(errors)


def refuse(code: str, at: str | None = None, **params: Any) -> PydanticCustomError:
    """An error for a validator to raise; `at` is a dotted path below the value that is validated."""
    context = {**params, **({_AT: at} if at else {})}
    # The text of pydantic is never shown: only code and parameters leave this package.
    return PydanticCustomError("refused", "{code}", {"code": code, **context})


def field_errors(error: ValidationError) -> list[FieldError]:
    """The errors of pydantic in our words, in the order of the document, each once."""
    found = [_field_error(details) for details in error.errors(include_url=False)]
    return list({(one.field, one.code): one for one in found}.values())


def _field_error(details: ErrorDetails) -> FieldError:
    context = dict(details.get("ctx", {}))
    at = context.pop(_AT, None)
    parts = [str(part) for part in details["loc"] if not str(part).startswith(TAG)]
    path = ".".join([*parts, *([at] if at else [])])
    if details["type"] == "refused":
        return FieldError(path, context.pop("code"), context)
    code, names = _CODES.get(details["type"], ("invalid", ()))
    return FieldError(path, code, {name: context[name] for name in names if name in context})


# Error types of pydantic: our code, and which of its parameters the text uses.
_CODES: dict[str, tuple[str, tuple[str, ...]]] = {
    "extra_forbidden": ("unknown_key", ()),
    "missing": ("required", ()),
    "bool_type": ("type_boolean", ()),
    "int_type": ("type_integer", ()),
    "int_from_float": ("type_integer", ()),
    "int_parsing_size": ("too_large", ()),
    "string_type": ("type_string", ()),
    "string_unicode": ("type_string", ()),
    "list_type": ("type_list", ()),
    "dict_type": ("type_object", ()),
    "model_type": ("type_object", ()),
    "model_attributes_type": ("type_object", ()),
    "literal_error": ("not_allowed", ("expected",)),
    "greater_than_equal": ("too_small", ("ge",)),
    "less_than_equal": ("too_large", ("le",)),
    "string_too_short": ("empty_value", ()),
    "too_short": ("empty_value", ()),
    "string_too_long": ("too_long", ("max_length",)),
    "too_long": ("too_many", ("max_length",)),
}
