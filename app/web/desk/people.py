"""The people of the workplace: the caller, colleagues, those who can join a user to an employee."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.desk import Person
from app.pipeline.view import section
from app.storage.models import Chain, Employee
from app.storage.queries import directory

Users = Mapping[int, Mapping[str, Any]]


def users_of(session: Session, installation_id: int) -> dict[int, dict[str, Any]]:
    """Users of the portal by id, as last read."""
    rows = directory.items(session, installation_id, "users") or []
    return {int(row["id"]): row for row in rows}


def person(session: Session, installation_id: int, user_id: int, *, admin: bool) -> Person:
    """A verified user as the workplace sees him now."""
    staff = [row for row in directory.employees(session, installation_id) if row.active]
    users = users_of(session, installation_id)
    own = next((row for row in staff if row.user_id == user_id), None)
    return Person(
        user_id=user_id,
        name=str(users.get(user_id, {}).get("title") or (own.full_name if own else f"#{user_id}")),
        admin=admin,
        employee_id=own.uis_id if own else None,
        visibility=str(section(session, installation_id, "workplace").get("visibility", "all")),
        colleagues=_colleagues(user_id, staff, users),
    )


def _colleagues(user_id: int, staff: list[Employee], users: Users) -> frozenset[int]:
    own = _departments(users, user_id)
    return frozenset(row.uis_id for row in staff if row.user_id and own & _departments(users, row.user_id))


def _departments(users: Users, user_id: int) -> set[int]:
    return set(users.get(user_id, {}).get("departments") or ())


def joiners(session: Session, installation_id: int, portal_url: str) -> list[dict[str, Any]]:
    """Administrators who are known to open the application: they can join a user to an employee."""
    query = select(Chain.user_id).where(
        Chain.installation_id == installation_id, Chain.is_admin.is_(True), Chain.state != "dead"
    )
    users = users_of(session, installation_id)
    return [
        {"user_id": number, "name": users[number]["title"], "url": profile(portal_url, number)}
        for number in sorted(session.scalars(query))
        if number in users and users[number].get("active", True)
    ]


def profile(portal_url: str, user_id: int) -> str:
    """A user's page in the portal."""
    return f"{portal_url}/company/personal/user/{user_id}/"


def operators(session: Session, installation_id: int) -> list[dict[str, Any]]:
    """Employees who may take part in chats, with their users: those whom a chat can be handed to."""
    able = {
        int(row["id"])
        for row in directory.items(session, installation_id, "employees") or []
        if row.get("chats", True)
    }
    users = users_of(session, installation_id)
    return [
        {
            "employee_id": row.uis_id,
            "name": row.full_name,
            "user_id": row.user_id,
            "photo": (users.get(row.user_id or 0) or {}).get("photo"),
            "position": (users.get(row.user_id or 0) or {}).get("position"),
        }
        for row in directory.employees(session, installation_id)
        if row.active and (not able or row.uis_id in able)
    ]
