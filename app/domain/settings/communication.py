"""What chats and offline requests share: what a communication becomes in the CRM."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app.domain.settings.assign import Responsible
from app.domain.settings.base import CategoryId, Entity, Id, Model, Name, Section, Template, distinct
from app.domain.settings.errors import FieldError
from app.domain.settings.filters import Group
from app.domain.settings.mapping import MappedEntity, MappingRule

What = Literal["crm", "activity", "crm_and_activity"]


class Channels(Model):
    """`ids` are those of `GET /v1/integration/channel`, read only when `mode` is "selected"."""

    mode: Literal["all", "selected"] = "all"
    ids: Annotated[list[Id], Field(max_length=1_000), AfterValidator(distinct)] = []


class Create(Model):
    """When and what is created; `moment` is added by the section, whose words differ."""

    on_first: bool = True
    on_repeat: bool = True
    what: What = "crm_and_activity"
    entity: Entity = "lead"
    into_open: bool = True


class Stage(Model):
    """A place in a pipeline. A lead has one pipeline: null (or 0), `stage_id` is its status; null of a
    deal is the main one."""

    category_id: CategoryId | None
    stage_id: Name


class StageRule(Stage):
    """The stage when the filter holds; the first rule that holds counts."""

    filter: Group | None = None


class Pipeline(Model):
    """Where what is created begins."""

    default: Stage = Stage(category_id=0, stage_id="NEW")
    rules: Annotated[list[StageRule], Field(max_length=200)] = []


class Titles(Model):
    """Liquid templates of names; a blank result falls back to a default name."""

    lead: Template
    deal: Template
    contact: Template
    activity: Template


def titles_of(word: str, guest: str) -> dict[str, str]:
    """Default templates: the word of the communication and the visitor's name."""
    name = f'{{{{ visitor.name | default: "{guest}" }}}}'
    return {
        "lead": f"{word}: {name}",
        "deal": f"{word}: {name}",
        "contact": name,
        "activity": f"{word}: {name}",
    }


class Transcript(Model):
    """Into which entities the conversation is written, and when."""

    to: Annotated[list[MappedEntity], AfterValidator(distinct)] = ["lead", "deal", "contact"]
    moment: Literal["live", "end"] = "end"
    filter: Group | None = None
    files: bool = True


class Communication(Section):
    """The shared part of the sections `chats` and `offline`."""

    create: Create
    titles: Titles

    without_contacts: bool = False
    filter: Group | None = None
    pipeline: Pipeline = Pipeline()
    responsible: Responsible = Responsible()
    transcript: Transcript = Transcript()
    notify: bool = True
    mapping: Annotated[list[MappingRule], Field(max_length=500)] = []

    @classmethod
    def cross_checks(cls, document: Mapping[str, Any]) -> list[FieldError]:
        responsible = _object(document, "responsible")
        if _creates(document) and responsible.get("default_user_id") is None:
            return [FieldError("responsible.default_user_id", "default_user_required")]
        return []


def _creates(document: Mapping[str, Any]) -> bool:
    create = _object(document, "create")
    return document.get("enabled") is True and any(
        create.get(key, True) is True for key in ("on_first", "on_repeat")
    )


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}
