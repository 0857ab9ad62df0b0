"""What an administrator should know of a draft before it is saved: what will not work as it looks. Pure.

Nothing here refuses anything: that is `domain.settings.checks`. A remark stands at the field that it is about.
"""

from collections.abc import Iterable, Iterator

from app.domain.conversation import PortalView
from app.domain.settings import FieldError
from app.domain.settings.assign import AssignQueue, AssignUser
from app.domain.settings.chats import Chats
from app.domain.settings.communication import Communication
from app.domain.settings.filters import Condition, Group
from app.domain.source_fields import source_field
from app.domain.templates import variables_of
from app.rules.remarks_mapping import mapping_remarks
from app.rules.titles import template_fields

GROUPS = ("visitor", "chat", "request", "traffic", "campaign", "site", "employee")


def remarks(settings: Communication, view: PortalView) -> list[FieldError]:
    """Remarks in the order of the document; codes are `remark_...`. `view` knows the fields that the mapping names."""
    kind = "chat" if isinstance(settings, Chats) else "request"
    return [
        *_channels(settings),
        *_filters(settings, kind),
        *_stages(settings),
        *_people(settings, view),
        *_titles(settings, kind),
        *mapping_remarks(settings, view, kind),
    ]


def _channels(settings: Communication) -> Iterator[FieldError]:
    if isinstance(settings, Chats) and settings.channels.mode == "selected" and not settings.channels.ids:
        yield FieldError("channels.ids", "remark_no_channels")


def _filters(settings: Communication, kind: str) -> Iterator[FieldError]:
    """Conditions about fields that this kind of communication never has."""
    for path, group in _named_filters(settings):
        for place, condition in _conditions(path, group):
            field = source_field(condition.field)
            if field is not None and kind not in field.kinds:
                yield FieldError(f"{place}.field", f"remark_not_of_{kind}")


def _named_filters(settings: Communication) -> Iterator[tuple[str, Group]]:
    named = [("filter", settings.filter), ("transcript.filter", settings.transcript.filter)]
    named += [(f"pipeline.rules.{n}.filter", rule.filter) for n, rule in enumerate(settings.pipeline.rules)]
    named += [
        (f"responsible.rules.{n}.filter", rule.filter) for n, rule in enumerate(settings.responsible.rules)
    ]
    return ((path, group) for path, group in named if group is not None)


def _conditions(path: str, group: Group) -> Iterator[tuple[str, Condition]]:
    for number, item in enumerate(group.items):
        place = f"{path}.items.{number}"
        if isinstance(item, Group):
            yield from _conditions(place, item)
        else:
            yield place, item


def _always(group: Group | None) -> bool:
    return group is None or not group.items


def _behind(rules: Iterable[bool], path: str) -> Iterator[FieldError]:
    """Rules behind one that always holds (True)."""
    holds = None
    for number, always in enumerate(rules):
        if holds is not None:
            yield FieldError(f"{path}.{number}", "remark_never_reached", {"rule": holds + 1})
        elif always:
            holds = number


def _stages(settings: Communication) -> Iterator[FieldError]:
    rules, lead = settings.pipeline.rules, settings.create.entity == "lead"
    for number, rule in enumerate(rules):
        if lead and rule.category_id:
            yield FieldError(f"pipeline.rules.{number}", "remark_rule_of_deals")
    yield from _behind(
        (_always(rule.filter) and not (lead and rule.category_id) for rule in rules), "pipeline.rules"
    )


def _people(settings: Communication, view: PortalView) -> Iterator[FieldError]:
    rules = settings.responsible.rules
    for number, rule in enumerate(rules):
        path = f"responsible.rules.{number}.assign"
        if isinstance(rule.assign, AssignUser):
            yield from _person(f"{path}.user_id", rule.assign.user_id, view, "rule")
        elif isinstance(rule.assign, AssignQueue):
            for place, user_id in enumerate(rule.assign.user_ids):
                yield from _person(f"{path}.user_ids.{place}", user_id, view, "queue")
    certain = (AssignUser, AssignQueue)
    yield from _behind(
        (_always(rule.filter) and isinstance(rule.assign, certain) for rule in rules), "responsible.rules"
    )
    for key in ("default_user_id", "substitute_user_id"):
        user_id = getattr(settings.responsible, key)
        if user_id in view.absent:
            yield FieldError(
                f"responsible.{key}", f"remark_absent_{key.partition('_')[0]}", _name(user_id, view)
            )


def _person(path: str, user_id: int, view: PortalView, where: str) -> Iterator[FieldError]:
    if user_id not in view.users:
        return
    if not view.users[user_id][1]:
        yield FieldError(path, f"remark_dismissed_{where}", _name(user_id, view))
    elif user_id in view.absent:
        yield FieldError(path, f"remark_absent_{where}", _name(user_id, view))


def _name(user_id: int, view: PortalView) -> dict[str, str]:
    return {"name": view.users.get(user_id, ("", True))[0] or f"#{user_id}"}


def _titles(settings: Communication, kind: str) -> Iterator[FieldError]:
    for name in type(settings.titles).model_fields:
        yield from template_remarks(f"titles.{name}", getattr(settings.titles, name), kind)


def template_remarks(path: str, template: str, kind: str) -> Iterator[FieldError]:
    """Names in a template that no field has, and fields that this kind of communication never has."""
    for variable in dict.fromkeys(".".join(map(str, parts)) for parts in variables_of(template)):
        root = variable.partition(".")[0]
        if root in GROUPS and variable != root and not _of_a_field(variable):
            yield FieldError(path, "remark_template_unknown", {"name": variable})
    for name in sorted(template_fields(template)):
        field = source_field(name)
        if field is not None and kind not in field.kinds:
            yield FieldError(path, f"remark_template_not_of_{kind}", {"name": name})


def _of_a_field(variable: str) -> bool:
    """Whether a path names a field, or a part of its value (`visitor.phones.0`, `visitor.phones.size`)."""
    names = variable.split(".")
    return any(source_field(".".join(names[:length])) is not None for length in (2, 3))
