"""Lists that the settings choose from, and joining employees by hand."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.settings import FieldError
from app.domain.source_fields import SOURCE_FIELDS
from app.storage.database import reading
from app.storage.models import Employee, Installation, LineState, UisChannel, UisConnection
from app.storage.queries import absences, directory, lines
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.problems import Problem, field_messages, lang

MAX_ID = 2**63 - 1


class Item(BaseModel):
    """One row; what else it has depends on the list."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {"id": "C2:NEW", "title": "Заявка", "entity": "deal", "category_id": 2, "final": False}
            ]
        },
    )

    id: int | str
    title: str


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


class EmployeeRow(BaseModel):
    """A UIS employee and the user of the portal that it is joined to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 367852,
                    "title": "Старший оператор",
                    "active": True,
                    "user_id": 7,
                    "user": "Менеджер продаж",
                    "joined_by": "email",
                    "problem": None,
                }
            ]
        }
    )

    id: int
    title: str
    active: bool
    user_id: int | None
    user: str | None
    joined_by: str | None = Field(description="hand | email | phone | name")
    problem: str | None


class Join(Told):
    """The user to join to; null parts them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user_id": 7}]})

    user_id: Annotated[int, Field(ge=1, le=2**31 - 1)] | None


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


@call("GET", "/directory/employees", answer=list[EmployeeRow])
def employees() -> Any:
    """Employees of UIS."""
    with services().sessions() as session:
        reading(session)
        users = _users_by_id(session)
        return [_employee(row, users) for row in directory.employees(session, caller().installation_id)]


@call("PUT", "/employees/<int:uis_id>", answer=EmployeeRow, fails=(404,))
def join(uis_id: int, json: Join) -> Any:
    """Join an employee to a user by hand."""
    with services().sessions.begin() as session:
        query = select(Employee).where(
            Employee.installation_id == caller().installation_id, Employee.uis_id == uis_id
        )
        row = session.scalar(query) if uis_id <= MAX_ID else None
        if row is None:
            raise Problem(404, "http_404")
        users = _users_by_id(session)
        if json.user_id is not None:
            _check_user(json.user_id, users)
        row.user_id, row.joined_by = json.user_id, "hand"
        return _employee(row, users)


def _check_user(user_id: int, users: dict[int, dict[str, Any]]) -> None:
    user = users.get(user_id)
    if user is None:
        raise _wrong("unknown_user", id=user_id)
    if not str(user.get("last_name") or "").strip():
        raise _wrong("user_without_last_name", name=user["title"])
    if not user.get("active", True):
        raise _wrong("user_dismissed", name=user["title"])


def _wrong(code: str, **params: Any) -> Problem:
    return Problem(422, "not_valid", errors=field_messages([FieldError("user_id", code, params)]))


def _users_by_id(session: Session) -> dict[int, dict[str, Any]]:
    rows = directory.items(session, caller().installation_id, "users") or []
    return {int(row["id"]): row for row in rows}


def _employee(row: Employee, users: dict[int, dict[str, Any]]) -> dict[str, Any]:
    user = users.get(row.user_id or 0)
    return {
        "id": row.uis_id,
        "title": row.full_name,
        "active": row.active,
        "user_id": row.user_id,
        "user": user["title"] if user else None,
        "joined_by": row.joined_by if row.user_id else None,
        "problem": _problem(row, user, users),
    }


def _problem(row: Employee, user: dict[str, Any] | None, users: dict[int, dict[str, Any]]) -> str | None:
    """Why the pair does not work, in words."""
    if row.user_id is None or not users:
        return None
    if user is None:
        error = FieldError("", "unknown_user", {"id": row.user_id})
    elif not user.get("active", True):
        error = FieldError("", "user_dismissed", {"name": user["title"]})
    elif not str(user.get("last_name") or "").strip():
        error = FieldError("", "user_without_last_name", {"name": user["title"]})
    else:
        return None
    return field_messages([error])[0]["message"]


def _users(session: Session, installation: Installation) -> list[dict[str, Any]]:
    away = absences.until(session, installation.id)
    return [
        {
            "id": row["id"],
            "title": row["title"],
            "active": row.get("active", True),
            "absent_until": away[row["id"]].isoformat() if row["id"] in away else None,
            "last_name": row.get("last_name", ""),
            "url": f"{installation.portal_url}/company/personal/user/{row['id']}/",
        }
        for row in directory.items(session, installation.id, "users") or []
    ]


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
    return [
        {"id": row.line_id, "title": row.name or f"#{row.line_id}", "state": str(row.state)}
        for row in lines.rows(session, installation.id)
        if row.state != LineState.GONE
    ]


Lister = Callable[[Session, Installation], list[dict[str, Any]]]


def _stored(name: str) -> Lister:
    def lister(session: Session, installation: Installation) -> list[dict[str, Any]]:
        rows = directory.items(session, installation.id, name) or []
        return [row | {"title": str(row.get("title") or row["id"])} for row in rows]

    return lister


_LISTS: dict[str, Lister] = {"users": _users, "channels": _channels, "lines": _lines} | {
    name: _stored(name) for name in ("pipelines", "stages", "sites", "campaigns", "sources", "tags")
}


def _declare(name: str, lister: Lister) -> None:
    @call("GET", f"/directory/{name}", answer=list[Item])
    def listed() -> Any:
        with services().sessions() as session:
            return lister(reading(session), caller().installation)


for _name, _lister in _LISTS.items():
    _declare(_name, _lister)
