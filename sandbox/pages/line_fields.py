"""The settings of a line as a form: those that this portal acts upon; REST knows all of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from sandbox.bitrix.lines import settings

if TYPE_CHECKING:
    from sandbox.bitrix.lines.model import Line
    from sandbox.bitrix.portal import Portal

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A setting in words; `kind` is line, text, number, flag, choice or queue."""

    name: str
    title: str
    kind: str = "flag"
    choices: Choices = ()
    hint: str = ""


RULE: Choices = (("none", "ничего не делать"), ("text", "отправить текст"))
REPEATS: Choices = (
    ("Y", "да"),
    ("N", "нет"),
    ("0", "не задано (работает как «да»)"),
)
GROUPS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "Линия",
        (
            Field("LINE_NAME", "Название", "line"),
            Field("ACTIVE", "Линия работает"),
            Field("QUEUE", "Очередь операторов", "queue"),
            Field(
                "QUEUE_TYPE",
                "Распределение обращений",
                "choice",
                (("evenly", "равномерно"), ("strictly", "строго по очереди"), ("all", "всем сразу")),
            ),
        ),
    ),
    (
        "CRM",
        (
            Field("CRM", "Искать клиента в CRM", hint="Без этого линия не создаёт и не привязывает ничего."),
            Field(
                "CRM_CREATE",
                "Если клиента нет в CRM",
                "choice",
                (
                    ("lead", "создать лид"),
                    ("deal", "создать сделку и контакт"),
                    ("none", "ничего не создавать"),
                ),
            ),
            Field("CRM_CREATE_SECOND", "Повторное обращение создаёт новый лид или сделку", "choice", REPEATS),
            Field("CRM_SOURCE", "Источник", "choice"),
            Field("CRM_FORWARD", "Передавать диалог ответственному из CRM"),
            Field("CRM_TRANSFER_CHANGE", "Менять ответственного в CRM при передаче диалога"),
            Field("CRM_CHAT_TRACKER", "Искать телефон и почту в сообщениях клиента"),
        ),
    ),
    (
        "Автоматические сообщения",
        (
            Field("WELCOME_MESSAGE", "Приветствовать клиента"),
            Field("WELCOME_MESSAGE_TEXT", "Текст приветствия", "text"),
            Field("SEND_WELCOME_EACH_SESSION", "Приветствовать в каждом обращении"),
            Field("CLOSE_RULE", "Когда оператор завершил диалог", "choice", RULE),
            Field("CLOSE_TEXT", "Текст при завершении", "text"),
            Field("AUTO_CLOSE_TIME", "Завершать без сообщений через, секунд", "number", hint="0: никогда."),
            Field("AUTO_CLOSE_RULE", "Когда диалог завершился сам", "choice", RULE),
            Field("AUTO_CLOSE_TEXT", "Текст при автоматическом завершении", "text"),
        ),
    ),
)
ALL = [field for _, fields in GROUPS for field in fields]


def fields_of(portal: "Portal", line: "Line", fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """A group with its values, for the template."""
    return [
        {
            "name": field.name,
            "title": field.title,
            "kind": field.kind,
            "hint": field.hint,
            "value": _value(portal, line, field),
            "choices": _choices(portal, field),
        }
        for field in fields
    ]


def form_values() -> dict[str, Any]:
    """What the form of this request says, as `imopenlines.config.update` wants it."""
    found: dict[str, Any] = {}
    for field in ALL:
        if field.kind == "flag":
            found[field.name] = "Y" if request.form.get(field.name) else "N"
        elif field.kind == "queue":
            ids = request.form.getlist(field.name)
            found[field.name] = [{"ENTITY_TYPE": "user", "ENTITY_ID": number} for number in ids]
        elif field.name in request.form:
            found[field.name] = request.form[field.name].strip()
    return found


def _value(portal: "Portal", line: "Line", field: Field) -> Any:
    if field.name == "LINE_NAME":
        return line.name
    if field.name == "ACTIVE":
        return "Y" if line.active else "N"
    if field.kind == "queue":
        return [str(number) for number in settings.queue(portal, line)]
    return settings.value(line, field.name)


def _choices(portal: "Portal", field: Field) -> list[tuple[str, str]]:
    if field.kind == "queue":
        return [(str(user.id), user.full_name) for user in portal.users.values() if user.active]
    if field.name != "CRM_SOURCE":
        return [*field.choices]
    sources = [(row.code, row.name) for row in portal.crm.statuses if row.entity == "SOURCE"]
    return [("create", "создать для канала и линии"), *sources]
