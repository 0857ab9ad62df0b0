"""Open Lines: UIS chats inside Bitrix24 Open Lines."""

from typing import Annotated

from pydantic import AfterValidator, Field

from app.domain.settings.base import Id, Model, Section
from app.domain.settings.errors import refuse


class Line(Model):
    """A UIS channel joined to an open line; several channels may share a line."""

    channel_id: Id
    line_id: Id


def _one_line_each(lines: list[Line]) -> list[Line]:
    seen: set[int] = set()
    for index, line in enumerate(lines):
        if line.channel_id in seen:
            raise refuse("duplicate", at=f"{index}.channel_id")
        seen.add(line.channel_id)
    return lines


class OpenLines(Section):
    """`default_employee_id`: the UIS employee for operators without a pair."""

    lines: Annotated[list[Line], Field(max_length=1_000), AfterValidator(_one_line_each)] = []
    default_employee_id: Id | None = None
    signature: bool = True
