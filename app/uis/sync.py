"""Lists of names from UIS: employees, channels, sites, campaigns, sources, tags, segments.

Data API: `get.employees`, `get.sites`, `get.campaigns`, `get.sources`, `get.tags`, `get.segments`. Channels are those
of the sign-in (no call without it lists the ids that settings use).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.models import Employee, UisChannel, UisConnection
from app.storage.queries import directory
from app.storage.services import Services
from app.uis.connection import of_installation
from app.uis.data import DataApi
from app.uis.errors import Limited, NoAnswer, UisError
from app.uis.problem import as_problem

Row = Mapping[str, Any]
Report = dict[str, dict[str, Any]]

EMPLOYEE_FIELDS = ("id", "first_name", "last_name", "full_name", "email", "phone_numbers", "operator")


def synchronize(
    services: Services, installation_id: int, tell: Callable[[Report], object] = lambda done: None
) -> Report:
    """Read every list and store it; what cannot be read keeps its last content. `tell` is called after each.

    Answers `{"employees": {"count": 2, "problem": None}, ...}`, `problem` being a stored problem (see
    `app.uis.problem`). Raises UisError (not_connected).
    """
    connection = of_installation(services, installation_id)
    if connection is None:
        raise UisError("not_connected")
    api = DataApi(services, connection)
    done: Report = {"channels": _store_channels(services, installation_id)}
    stopped: str | None = None
    for name, read in _LISTS.items():
        done[name] = (
            {"count": None, "problem": stopped}
            if stopped
            else _one(services, api, installation_id, name, read)
        )
        if isinstance(done[name].pop("error", None), Limited | NoAnswer):
            stopped = done[name]["problem"]  # the next list would fail the same way
        tell(done)
    return done


def _one(services: Services, api: DataApi, installation_id: int, name: str, read: "Reader") -> dict[str, Any]:
    try:
        rows = read(api)
    except UisError as error:
        return {"count": None, "problem": as_problem(error), "error": error}
    with services.sessions.begin() as session:
        if name == "employees":
            _store_employees(session, installation_id, rows)
        directory.put(session, installation_id, name, rows, services.clock.now())
    return {"count": len(rows), "problem": None}


Reader = Callable[[DataApi], list[dict[str, Any]]]


def _employees(api: DataApi) -> list[dict[str, Any]]:
    rows = api.pages("get.employees", {"fields": list(EMPLOYEE_FIELDS)})
    return [_employee(row) for row in rows]


def _employee(row: Row) -> dict[str, Any]:
    operator = row.get("operator") or {}
    name = row.get("full_name") or " ".join(filter(None, (row.get("last_name"), row.get("first_name"))))
    return {
        "id": row["id"], "title": name or str(row["id"]), "email": row.get("email") or None,
        "phone": _phone(row.get("phone_numbers") or []),
        "chats": bool(operator.get("operator_chat_enabled")),
        "requests": bool(operator.get("operator_offline_message_enabled")),
    }  # fmt: skip


def _phone(numbers: list[Row]) -> str | None:
    """The first of the list, which UIS sorts by priority; an extension ("74955140578...2345") is left out."""
    for number in numbers:
        digits = re.sub(r"\D", "", str(number.get("phone_number") or "").split("...")[0])
        if digits:
            return digits[:32]
    return None


def _named(method: str, title: str, *more: str) -> Reader:
    def read(api: DataApi) -> list[dict[str, Any]]:
        rows = api.pages(method, {"fields": ["id", title, *more]})
        return [
            {"id": row["id"], "title": row.get(title), **{name: row.get(name) for name in more}}
            for row in rows
        ]

    return read


_LISTS: dict[str, Reader] = {
    "employees": _employees,
    "sites": _named("get.sites", "domain_name", "name"),
    "campaigns": _named("get.campaigns", "name", "status", "site_id"),
    "sources": _named("get.sources", "name", "channel_name", "state"),
    "tags": _named("get.tags", "name"),
    "segments": _named("get.segments", "name", "site_id"),
}
LISTS = ("channels", *_LISTS)
"""Names of everything that is read."""


def _store_employees(session: Session, installation_id: int, rows: list[dict[str, Any]]) -> None:
    """Who is there no more stays, inactive: conversations and settings name him."""
    query = select(Employee).where(Employee.installation_id == installation_id)
    kept = {row.uis_id: row for row in session.scalars(query)}
    for row in rows:
        employee = kept.pop(row["id"], None)
        if employee is None:
            employee = Employee(installation_id=installation_id, uis_id=row["id"])
            session.add(employee)
        employee.full_name, employee.email = row["title"][:255], row["email"]
        employee.phone, employee.active = row["phone"], True
    for gone in kept.values():
        gone.active = False


def _store_channels(services: Services, installation_id: int) -> dict[str, Any]:
    query = (
        select(UisChannel)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == installation_id, UisChannel.status != "deleted")
        .order_by(UisChannel.name)
    )
    with services.sessions.begin() as session:
        rows = [
            {
                "id": row.chat_channel_id,
                "title": row.name,
                "type": row.type,
                "status": row.status,
                "joined": row.joined,
            }
            for row in session.scalars(query)
        ]
        directory.put(session, installation_id, "channels", rows, services.clock.now())
    return {"count": len(rows), "problem": None}
