"""Clients of the portal's own channels: invented persons in messengers, visitors of the site widget.

No application hears of their messages; it sees only what the tracker makes of them in the CRM.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.bitrix.lines.model import Connector, Direction, Line, LineMessage
from sandbox.bitrix.lines.operators import OpenLines
from sandbox.bitrix.lines.store import File


@dataclass(slots=True, kw_only=True)
class LiveVisitor:
    """A browser with the site widget; `token` is its secret, `chat` and `user` stand in the user code."""

    token: str
    chat: str
    user: str
    name: str = ""


class Visitors:
    """What clients of built-in connectors do. Callers hold the portal's lock."""

    def __init__(self, lines: OpenLines) -> None:
        self._lines = lines
        self.widgets: dict[str, LiveVisitor] = {}

    def messenger_writes(
        self,
        text: str = "",
        *,
        person: str = "1001",
        connector: str = "telegrambot",
        line: int = 1,
        file: File | None = None,
        **about: Any,
    ) -> LineMessage:
        """A person writes in a messenger; `about`: name, last_name, phone, email, url. Raises ValueError.

        A channel that is not connected to the line carries nothing.
        """
        channel, target = self._open(connector, line)
        unknown = set(about) - {"name", "last_name", "phone", "email", "url", "gender"}
        if unknown:
            raise ValueError(f"unknown facts about a person: {', '.join(sorted(unknown))}")
        user = {"id": person, **about}
        return self._lines.client_says(
            channel, target, user, {"id": person}, text=text, files=[file] if file else None
        )

    def livechat_writes(
        self,
        text: str,
        *,
        visitor: str = "",
        line: int = 1,
        custom_data: Any = None,
        page: str = "",
        name: str = "",
        phone: str = "",
        email: str = "",
    ) -> LineMessage:
        """A visitor of a site writes into the widget; `visitor` is the token of a known one.

        At the start of a dialog the operator sees `custom_data`, or without it the address of the page.
        """
        channel, target = self._open("livechat", line)
        known = self.widgets.get(visitor) or self.new_widget(name)
        person = {"id": known.user, "name": name or known.name, "phone": phone, "email": email}
        return self._lines.client_says(
            channel,
            target,
            person,
            {"id": known.chat, "url": page},
            text=text,
            custom_data=custom_data or (f"Посетитель на странице: {page}" if page else None),
        )

    def new_widget(self, name: str = "") -> LiveVisitor:
        """A browser that the widget has not seen."""
        number = self._lines.portal.next_id("livechat")
        made = LiveVisitor(
            token=secrets.token_hex(16), chat=str(9000 + number), user=str(4000 + number), name=name
        )
        self.widgets[made.token] = made
        return made

    def shown_to(self, visitor: str, line: int = 1) -> list[LineMessage]:
        """What a visitor sees in the widget: the own messages and those of operators."""
        known = self.widgets.get(visitor)
        code = f"livechat|{line}|{known.chat}|{known.user}" if known else ""
        dialog = self._lines.by_code.get(code)
        rows = dialog.messages.values() if dialog else []
        return [row for row in rows if row.direction is not Direction.SYSTEM and not row.deleted]

    def _open(self, code: str, line_id: int) -> tuple[Connector, Line]:
        connector, line = self._lines.built_in.get(code), self._lines.lines.get(line_id)
        if connector is None or line is None:
            raise ValueError(f"no built-in connector {code!r} or no line {line_id}")
        if not line.active or not connector.works_on(line_id):
            raise ValueError(f"{connector.name} is not connected to line {line_id}")
        return connector, line
