"""Responsible: rules, the default, and who stands in."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from app.domain.settings.base import Id, Model, distinct
from app.domain.settings.filters import Group


class AssignUser(Model):
    """A fixed user of the portal."""

    kind: Literal["user"]
    user_id: Id


class AssignOperator(Model):
    """The user joined to the UIS operator who has the chat."""

    kind: Literal["operator"]


class AssignCrmResponsible(Model):
    """The responsible of the client found in the CRM."""

    kind: Literal["crm_responsible"]


class AssignQueue(Model):
    """Users in turn; the queue rotates strictly, by its own rule."""

    kind: Literal["queue"]
    user_ids: Annotated[list[Id], Field(min_length=1, max_length=500), AfterValidator(distinct)]


_KINDS = ("user", "operator", "crm_responsible", "queue")


def _kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"~{kind}" if kind in _KINDS else None


Assign = Annotated[
    Annotated[AssignUser, Tag("~user")]
    | Annotated[AssignOperator, Tag("~operator")]
    | Annotated[AssignCrmResponsible, Tag("~crm_responsible")]
    | Annotated[AssignQueue, Tag("~queue")],
    Discriminator(
        _kind,
        custom_error_type="refused",
        custom_error_message="{code}",
        custom_error_context={"code": "not_allowed", "at": "kind", "expected": ", ".join(_KINDS)},
    ),
]


class ResponsibleRule(Model):
    """Whom to assign when the filter holds; the first rule that holds counts."""

    filter: Group | None = None
    assign: Assign


class Responsible(Model):
    """`substitute_user_id` stands in for absent and dismissed users; null: the default does."""

    rules: Annotated[list[ResponsibleRule], Field(max_length=200)] = []
    default_user_id: Id | None = None
    substitute_user_id: Id | None = None
