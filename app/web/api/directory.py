"""Lists that the settings choose from."""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.settings.filters import Comparison
from app.domain.source_fields import SOURCE_FIELDS, SourceField
from app.domain.source_table import FieldType
from app.domain.source_values import CHOICES, OFFERS, By, comparisons_of
from app.storage.database import reading
from app.storage.models import Installation, LineState, UisChannel, UisConnection
from app.storage.queries import absences, directory, lines
from app.uis.reports.chat_rows import zone
from app.web.api.spec import call
from app.web.caller import caller, services
from app.web.problems import lang


class Row(BaseModel):
    """One row of a list; what is read from a vendor may have more than is described."""

    model_config = ConfigDict(extra="allow")

    title: str


def _like(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class User(Row):
    """A user of the portal; `url` is the profile. `absent`: away until `absent_until` (ISO 8601)."""

    model_config = _like(
        id=7, title="Менеджер продаж", active=True, absent=False, last_name="Продаж", position="Старший менеджер",
        photo="https://cdn.example/photo.png", absent_until=None,
        url="https://portal.example/company/personal/user/7/",
    )  # fmt: skip

    id: int
    active: bool
    absent: bool
    last_name: str
    position: str
    photo: str | None
    absent_until: str | None
    url: str


class Channel(Row):
    """A chat channel of the UIS account; `joined`: its chats come to us."""

    model_config = _like(id=740805, title="WhatsApp", type="whatsapp", status="active", joined=True)

    id: int
    type: str
    status: str
    joined: bool


class Pipeline(Row):
    """A pipeline of deals."""

    model_config = _like(id=2, title="Опт", entity="deal")

    id: int
    entity: Literal["deal"]


class Stage(Row):
    """A stage; of a lead `category_id` is null. `final`: won or lost."""

    model_config = _like(id="C2:NEW", title="Заявка", entity="deal", category_id=2, final=False)

    id: str
    entity: Literal["lead", "deal"]
    category_id: int | None
    final: bool


class Line(Row):
    """An open line of the portal."""

    model_config = _like(id=3, title="Поддержка", active=True)

    id: int
    active: bool


class Connector(Row):
    """A connector of the portal's open lines, ours apart: its site chat, its messengers."""

    model_config = _like(id="telegrambot", title="Telegram")

    id: str


class Site(Row):
    """A site of the UIS account, its domain as title."""

    model_config = _like(id=5, title="shop.example", name="Магазин")

    id: int
    name: str | None = None


class Campaign(Row):
    """An advertising campaign of the UIS account."""

    model_config = _like(id=9, title="Поиск", status="active", site_id=5)

    id: int
    status: str | None = None
    site_id: int | None = None


class Source(Row):
    """A traffic source of the UIS account."""

    model_config = _like(id=11, title="Яндекс", channel_name="Поисковые системы", state="active")

    id: int
    channel_name: str | None = None
    state: str | None = None


class Tag(Row):
    """A tag of the UIS account."""

    model_config = _like(id=3, title="VIP")

    id: int


class Segment(Row):
    """A segment of visitors of the UIS account."""

    model_config = _like(id=31, title="Оптовики", site_id=5)

    id: int
    site_id: int | None = None


class Value(BaseModel):
    """A value as UIS writes it, and in words."""

    id: str
    title: str


class Offered(BaseModel):
    """The list that knows the values, and which key of its rows is one."""

    directory: str
    by: By


class SourceFieldRow(BaseModel):
    """A field of a communication that filters, templates and mapping may name.

    `comparisons`: those that make sense for it, the usual one first. `values`: all that UIS documents, or `offered`:
    where they are listed; a field without either may hold anything.
    """

    model_config = _like(
        name="visitor.device", title="Посетитель: устройство", type="string", group="visitor",
        kinds=["chat", "request"], comparisons=["eq", "ne", "empty", "not_empty"],
        values=[{"id": "mobile", "title": "Телефон"}], offered=None,
    )  # fmt: skip

    name: str
    title: str
    type: FieldType
    group: str
    kinds: list[Literal["chat", "request"]]
    comparisons: list[Comparison]
    values: list[Value]
    offered: Offered | None


@call("GET", "/directory/source_fields", answer=list[SourceFieldRow])
def source_fields() -> Any:
    """Every source field with its title, its type, and what a filter offers for it."""
    return [_source_field(field, russian=lang() == "ru") for field in SOURCE_FIELDS.values()]


def _source_field(field: SourceField, *, russian: bool) -> dict[str, Any]:
    offer = OFFERS.get(field.name)
    return {
        "name": field.name,
        "title": field.title_ru if russian else field.title_en,
        "type": field.type,
        "group": field.name.partition(".")[0],
        "kinds": list(field.kinds),
        "comparisons": list(comparisons_of(field.type)),
        "values": [
            {"id": value, "title": title_ru if russian else title_en}
            for value, title_ru, title_en in CHOICES.get(field.name, ())
        ],
        "offered": {"directory": offer.directory, "by": offer.by} if offer else None,
    }


def _users(session: Session, installation: Installation) -> list[dict[str, Any]]:
    today = services().clock.now().astimezone(zone(installation.timezone)).date()
    away = absences.away(session, installation.id, today)
    return [
        {
            "id": row["id"],
            "title": row["title"],
            "active": row.get("active", True),
            "absent": row["id"] in away,
            "absent_until": away.get(row["id"]),
            "last_name": row.get("last_name", ""),
            "position": row.get("position") or "",
            "photo": row.get("photo"),
            "url": profile(installation, row["id"]),
        }
        for row in directory.items(session, installation.id, "users") or []
    ]


def profile(installation: Installation, user_id: int) -> str:
    """The address of a user's profile."""
    return f"{installation.portal_url}/company/personal/user/{user_id}/"


def _channels(session: Session, installation: Installation) -> list[dict[str, Any]]:
    query = (
        select(UisChannel)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == installation.id, UisChannel.status != "deleted")
        .order_by(UisChannel.name, UisChannel.chat_channel_id)
    )
    return [
        {
            "id": row.chat_channel_id,
            "title": row.name,
            "type": row.type,
            "status": row.status,
            "joined": row.joined,
        }
        for row in session.scalars(query)
    ]


def _lines(session: Session, installation: Installation) -> list[dict[str, Any]]:
    """As they were synchronized, and those made since; what was deleted in the portal is not offered."""
    seen = {row.line_id: row for row in lines.rows(session, installation.id)}
    told = {row["id"]: row for row in directory.items(session, installation.id, "lines") or []}
    made = {
        number: {"id": number, "title": row.name or f"#{number}", "active": bool(row.live.get("active"))}
        for number, row in seen.items()
    }
    return [
        row | {"title": str(row.get("title") or f"#{number}")}
        for number, row in sorted((made | told).items())
        if number not in seen or seen[number].state != LineState.GONE
    ]


Lister = Callable[[Session, Installation], list[dict[str, Any]]]


def _stored(name: str) -> Lister:
    def lister(session: Session, installation: Installation) -> list[dict[str, Any]]:
        rows = directory.items(session, installation.id, name) or []
        return [row | {"title": str(row.get("title") or row["id"])} for row in rows]

    return lister


_LISTS: dict[str, tuple[type[Row], Lister]] = {
    "users": (User, _users),
    "channels": (Channel, _channels),
    "pipelines": (Pipeline, _stored("pipelines")),
    "stages": (Stage, _stored("stages")),
    "lines": (Line, _lines),
    "connectors": (Connector, _stored("connectors")),
    "sites": (Site, _stored("sites")),
    "campaigns": (Campaign, _stored("campaigns")),
    "sources": (Source, _stored("sources")),
    "tags": (Tag, _stored("tags")),
    "segments": (Segment, _stored("segments")),
}


def _declare(name: str, row: type[Row], lister: Lister) -> None:
    @call("GET", f"/directory/{name}", answer=list[row])  # type: ignore[valid-type]  # a class as a value
    def listed() -> Any:
        with services().sessions() as session:
            return lister(reading(session), caller().installation)


for _name, (_row, _lister) in _LISTS.items():
    _declare(_name, _row, _lister)
