"""Employees of UIS and the users of the portal that they are joined to."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.settings import FieldError
from app.storage.database import reading
from app.storage.models import Employee
from app.storage.queries import directory
from app.uis.reports.chat_rows import zone
from app.web.api.directory import profile
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.checks.attention import attention
from app.web.problems import Problem, field_messages

MAX_ID = 2**63 - 1


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
    joined_by: Literal["hand", "email", "phone", "name"] | None = Field(description="how the pair was found")
    problem: str | None


class Attention(BaseModel):
    """A user of the portal who cannot take part, and what depends on that user."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": 11,
                    "title": "Стажёр",
                    "url": "https://portal.example/company/personal/user/11/",
                    "problem": "dismissed",
                    "text": "Уволен",
                    "used_in": ["Чаты: ответственный по умолчанию"],
                }
            ]
        }
    )

    user_id: int
    title: str
    url: str
    problem: Literal["no_last_name", "dismissed", "absent"]
    text: str
    used_in: list[str] = Field(description="where settings and pairs name the user, in words")


class Join(Told):
    """The user to join to; null parts them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user_id": 7}]})

    user_id: Annotated[int, Field(ge=1, le=2**31 - 1)] | None


@call("GET", "/directory/employees", answer=list[EmployeeRow])
def employees() -> Any:
    """Employees of UIS."""
    with services().sessions() as session:
        reading(session)
        users = _users_by_id(session)
        return [_employee(row, users) for row in directory.employees(session, caller().installation_id)]


@call("GET", "/employees/attention", answer=list[Attention], open_to="admin")
def users_in_trouble() -> Any:
    """Users without a last name, and dismissed or absent ones that settings and pairs still name."""
    who = caller()
    with services().sessions() as session:
        today = services().clock.now().astimezone(zone(who.installation.timezone)).date()
        found = attention(reading(session), who.installation, today, who.lang)
    return [row | {"url": profile(who.installation, row["user_id"])} for row in found]


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
