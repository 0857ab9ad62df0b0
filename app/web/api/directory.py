"""Lists that the settings choose from."""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.source_fields import SOURCE_FIELDS
from app.storage.database import reading
from app.storage.models import Installation, UisChannel, UisConnection
from app.storage.queries import absences, directory
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
    """A user of the portal; `url` is the profile, `absent_until` the last day of an absence (it may be over)."""

    model_config = _like(
        id=7, title="Менеджер продаж", active=True, absent_until=None, last_name="Продаж",
        url="https://portal.example/company/personal/user/7/",
    )  # fmt: skip

    id: int
    active: bool
    absent_until: str | None
    last_name: str
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


class SourceFieldRow(BaseModel):
    """A field of a communication that filters, templates and mapping may name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "traffic.utm_source",
                    "title": "UTM source",
                    "type": "string",
                    "group": "traffic",
                    "kinds": ["chat"],
                }
            ]
        }
    )

    name: str
    title: str
    type: str
    group: str
    kinds: list[str]


@call("GET", "/directory/source_fields", answer=list[SourceFieldRow])
def source_fields() -> Any:
    """Every source field with its title and type."""
    russian = lang() == "ru"
    return [
        {
            "name": field.name,
            "title": field.title_ru if russian else field.title_en,
            "type": field.type,
            "group": field.name.partition(".")[0],
            "kinds": list(field.kinds),
        }
        for field in SOURCE_FIELDS.values()
    ]


def _users(session: Session, installation: Installation) -> list[dict[str, Any]]:
    away = absences.until(session, installation.id)
    return [
        {
            "id": row["id"],
            "title": row["title"],
            "active": row.get("active", True),
            "absent_until": away[row["id"]].isoformat() if row["id"] in away else None,
            "last_name": row.get("last_name", ""),
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
    "lines": (Line, _stored("lines")),
    "connectors": (Connector, _stored("connectors")),
    "sites": (Site, _stored("sites")),
    "campaigns": (Campaign, _stored("campaigns")),
    "sources": (Source, _stored("sources")),
    "tags": (Tag, _stored("tags")),
}


def _declare(name: str, row: type[Row], lister: Lister) -> None:
    @call("GET", f"/directory/{name}", answer=list[row])  # type: ignore[valid-type]  # a class as a value
    def listed() -> Any:
        with services().sessions() as session:
            return lister(reading(session), caller().installation)


for _name, (_row, _lister) in _LISTS.items():
    _declare(_name, _row, _lister)
