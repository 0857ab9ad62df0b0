"""What the workplace answers: conversations, messages, letters on their way."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Box = Literal["card", "mine", "all", "unanswered"]
View = Literal["image", "audio", "video", "document"]
WHO: dict[str, Any] = {
    "name": "Иван Петров", "user_id": 7, "employee_id": 367852, "photo": "https://portal.example/p.jpg",
}  # fmt: skip
ROW: dict[str, Any] = {
    "id": 5,
    "kind": "chat",
    "number": 2045,
    "channel": {"id": 740805, "type": "whatsapp", "name": "WhatsApp магазина"},
    "client": {"name": "Покупатель", "phone": "+7 900 000-00-01", "email": None},
    "operator": WHO,
    "mine": True,
    "state": "open",
    "started_at": "2026-01-12T07:24:00+00:00",
    "closed_at": None,
    "close_reason": None,
    "last_at": "2026-01-12T07:30:00+00:00",
    "last": {"at": "2026-01-12T07:30:00+00:00", "text": "Когда доставка?", "source": "client", "file": False},
    "unread": True,
    "waits_since": "2026-01-12T07:30:00+00:00",
    "window": None,
    "news": 118,
    "found": None,
}
FOUND: dict[str, Any] = {
    "at": "2026-01-12T07:25:00+00:00",
    "source": "client",
    "pieces": [
        {"text": "А зелёные ", "found": False},
        {"text": "ёлки", "found": True},
        {"text": " есть?", "found": False},
    ],
}
MESSAGE: dict[str, Any] = {
    "id": 623010897,
    "source": "operator",
    "author": WHO,
    "mine": True,
    "text": "Добрый день!",
    "at": "2026-01-12T07:31:00+00:00",
    "edited": False,
    "state": "delivered",
    "problem": None,
    "file": None,
    "quote": {"id": 623010890, "author": "Покупатель", "text": "Когда доставка?"},
}
LETTER: dict[str, Any] = {
    "id": 41,
    "key": "2f1c0a52",
    "kind": "message",
    "author": WHO,
    "mine": True,
    "text": "Сейчас уточню",
    "at": "2026-01-12T07:32:00+00:00",
    "state": "in_doubt",
    "problem": "Ответ UIS не пришёл: неизвестно, получил ли клиент сообщение",
    "message_id": None,
    "again_at": None,
    "file": None,
    "quote": None,
    "to": None,
    "may_send_again": True,
}


class Who(BaseModel):
    """A person on our side of a conversation. `user_id` is null for an employee that nobody is joined to."""

    name: str
    user_id: int | None
    employee_id: int | None
    photo: str | None


class ChannelOf(BaseModel):
    """The channel of a conversation, as far as it is known."""

    id: int | None
    type: str | None = Field(description="comagic, whatsapp, waba, telegram, ... ; open list")
    name: str | None


class ClientOf(BaseModel):
    """The client, as far as he is known."""

    name: str | None
    phone: str | None
    email: str | None


class LastWord(BaseModel):
    """The last word in a conversation, at most 200 characters of it."""

    at: datetime
    text: str
    source: Literal["client", "operator"]
    file: bool


class Piece(BaseModel):
    """A part of what was said; `found`: it is what was looked for."""

    text: str
    found: bool


class FoundWords(BaseModel):
    """What was said that a search found, at most 160 characters around it."""

    at: datetime
    source: Literal["client", "operator"]
    pieces: list[Piece]


class Window(BaseModel):
    """WABA: while it is open free text may be written, afterwards only templates."""

    until: datetime | None
    open: bool


class ChatRow(BaseModel):
    """A conversation in a list. `news`: grows with every change.

    `found`: of a search, null where the client was found by name, phone, e-mail or number only.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ROW]})

    id: int
    kind: Literal["chat", "offline"]
    number: int = Field(description="number at UIS")
    channel: ChannelOf
    client: ClientOf
    operator: Who | None
    mine: bool
    state: Literal["open", "closed"]
    started_at: datetime | None
    closed_at: datetime | None
    close_reason: str | None = Field(description="in words")
    last_at: datetime
    last: LastWord | None
    unread: bool
    waits_since: datetime | None = Field(description="the client has the last word since then")
    window: Window | None = Field(description="null for channels without a window")
    news: int
    found: FoundWords | None = None


class ChatPage(BaseModel):
    """One page of a list; `next` is null on the last one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [ROW | {"found": FOUND}], "next": None}]}
    )

    items: list[ChatRow]
    next: str | None


class FileOf(BaseModel):
    """A file of a message. `url` is ours and ends within two hours: read the conversation again for a new one."""

    name: str
    size: int | None
    view: View = Field(description="how it may be shown; everything else is a document to be saved")
    url: str


class Quote(BaseModel):
    """What a message answers."""

    id: int
    author: str | None
    text: str


class MessageRow(BaseModel):
    """A message. `state` is told of operators' messages; an error comes without a reason from UIS."""

    model_config = ConfigDict(json_schema_extra={"examples": [MESSAGE]})

    id: int
    source: Literal["client", "operator", "system", "bot"]
    author: Who | None
    mine: bool
    text: str
    at: datetime
    edited: bool
    state: Literal["accepted", "sent", "delivered", "read", "failed"] | None
    problem: str | None
    file: FileOf | None
    quote: Quote | None


class LetterFile(BaseModel):
    """A file that goes along with a letter."""

    name: str
    size: int | None


class LetterRow(BaseModel):
    """What an operator ordered and UIS does not have for certain.

    `key` is the one that the page made. One that is in doubt is sent again only by an explicit call.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [LETTER]})

    id: int
    key: str | None
    kind: Literal["message", "start", "transfer", "close", "note"]
    author: Who | None
    mine: bool
    text: str
    at: datetime
    state: Literal["waiting", "sending", "failed", "in_doubt", "done", "dropped"]
    message_id: int | None = Field(description="its number at UIS: it is that message from then on")
    problem: str | None
    again_at: datetime | None = Field(description="when it is tried again by itself")
    file: LetterFile | None
    quote: Quote | None
    to: str | None = Field(description="start: the phone, e-mail or name that it goes to")
    may_send_again: bool


class May(BaseModel):
    """What this user may do here now; `why` says why he may not write."""

    write: bool
    why: str | None
    files: bool
    templates: bool = Field(description="templates of the channel may be written")
    transfer: bool
    take: bool
    close: bool
    note: bool


class Known(BaseModel):
    """Something known of the client or of his source, with its title."""

    name: str
    title: str
    value: str


class Card(BaseModel):
    """A card of the CRM and its address in the portal."""

    type: str = Field(description="lead, deal, contact, company or dynamic_<entityTypeId>")
    id: int
    title: str | None
    url: str


class Answering(BaseModel):
    """A colleague who is writing here right now."""

    user_id: int
    name: str


class Chat(ChatRow):
    """A conversation in full: its last messages, oldest first; `older` goes into `before` for those before them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                ROW
                | {
                    "messages": [MESSAGE],
                    "older": 623010897,
                    "letters": [LETTER],
                    "visitor": [{"name": "visitor.city", "title": "Посетитель: город", "value": "Казань"}],
                    "source": [{"name": "traffic.utm_source", "title": "UTM source", "value": "yandex"}],
                    "cards": [
                        {
                            "type": "lead",
                            "id": 81,
                            "title": None,
                            "url": "https://portal.example/crm/lead/details/81/",
                        }
                    ],
                    "answering": [{"user_id": 9, "name": "Ольга Ким"}],
                    "may": {
                        "write": True,
                        "why": None,
                        "files": True,
                        "templates": False,
                        "transfer": True,
                        "take": False,
                        "close": True,
                        "note": True,
                    },
                    "visits": True,
                }
            ]
        }
    )

    messages: list[MessageRow]
    older: int | None
    letters: list[LetterRow]
    visitor: list[Known]
    source: list[Known]
    cards: list[Card]
    answering: list[Answering]
    may: May
    visits: bool = Field(description="whether the history of visits can be asked for")
