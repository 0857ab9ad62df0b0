"""What the letters between UIS and open lines hold. Bodies are plain JSON, as the outbox keeps them.

To a line (`Exit.LINE`):
    MESSAGE, EDIT, DELETE   `line`, `dialog`, `element`: `{"user", "message", "chat"}` of `imconnector.send.messages`,
                            without files; `file`: `{"conversation", "message", "name"}`, or absent
    DELIVERY                `line`, `dialog`, `chat`: key of the dialog, `im`: `{"chat_id", "message_id"}`,
                            `ids`: of the message in UIS
    FINISH                  `line`, `dialog`
    NOTICE                  `line`, `dialog`, `text`, `user_id`: whom it concerns, or null
To a client (`Exit.UIS`):
    MESSAGE                 `line` and `dialog` or null, `chat`: id in UIS, `text`: what was typed, without BB code;
                            `files`: `[{"url", "name"}]` in the portal; `reply_to`: id in UIS or null;
                            `user_id`: who writes, null: nobody; `signature`: name to be shown, or null;
                            `im`: as above, null when it was not written in a line; `template`: of WABA, or absent;
                            `correction`: true when it is an edit of another one
    CLOSE                   `dialog`, `chat`, `user_id`
    TRANSFER                `dialog`: null, `chat`, `user_id`: who hands it over, `to`: the employee who gets it
To the portal (`Exit.PORTAL`):
    NOTE                    `card`: `{"type", "id"}`, `text`, `author`: name
    REMIND                  `user_id`, `text`, `chat`: id of ours, `tag`
    TRIGGER                 `code`, `card`
    ROBOT, RESULT           see `app.rules.desk.robots`
A MESSAGE of the workplace has no line; beside it `page_key`: what the page calls it, `files`: `[{"resource", "name"}]`
that UIS has already; and when it begins a chat `chat`: null, `channel`: of the set-up list, `contact`: one of
`visitor_phone`, `visitor_email`, `visitor_username`, `card`: `{"type", "id"}` that the chat will belong to.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from app.domain.mail import Exit, Kind

TOP = 2**62
"""A rank behind everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A letter to be posted. `hold`: seconds that it waits for others that belong before it."""

    exit: Exit
    kind: Kind
    thread: str
    key: str
    body: dict[str, Any] = field(default_factory=dict)
    rank: int = 0
    hold: float = 0.0
    author_id: int | None = None

    def row(self) -> dict[str, Any]:
        """Columns of the outbox, but for those that its poster knows."""
        columns = {name: value for name, value in asdict(self).items() if name != "hold"}
        return columns | {"exit": self.exit.value, "kind": self.kind.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A dialog of a line as letters name it. `client` may be what no line was told yet."""

    dialog_id: int
    line_id: int
    chat_key: str
    user_key: str

    @property
    def thread(self) -> str:
        return f"d{self.dialog_id}"


def keys_of(channel_id: int, chat_id: int, visitor_id: int | None, person_id: int | None) -> tuple[str, str]:
    """`chat.id` and `user.id` of a new dialog: never the same value, stable for a visitor who returns.

    A message that came before its chat has no visitor yet: the chat's own number stands for him.
    """
    visitor = f"v{visitor_id}" if visitor_id else f"chat{chat_id}"
    return f"{channel_id}-{visitor}", f"p{person_id}" if person_id else visitor
