"""Users and departments of a portal, and the methods that read them."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.bitrix.call import Call, as_list, method, page
from sandbox.bitrix.errors import RestError

USER_FILTER_KEYS = {
    "ID", "XML_ID", "ACTIVE", "NAME", "LAST_NAME", "SECOND_NAME", "EMAIL", "UF_DEPARTMENT", "WORK_PHONE",
    "WORK_POSITION", "PERSONAL_MOBILE", "PERSONAL_PHONE", "UF_PHONE_INNER", "USER_TYPE", "NAME_SEARCH", "FIND",
    "IS_ONLINE",
}  # fmt: skip
# What the narrow scope leaves out (Bitrix24: user/user-scope).
CONTACT_FIELDS = ("EMAIL", "PERSONAL_MOBILE", "PERSONAL_PHONE", "WORK_PHONE")


@dataclass(slots=True, kw_only=True)
class User:
    """An employee; a dismissed one is not `active`, one without `access_to_app` may not use the application."""

    id: int
    name: str
    last_name: str
    email: str
    admin: bool = False
    active: bool = True
    department: int = 1
    inner_phone: str = ""
    mobile: str = ""
    position: str = ""
    absent_until: str | None = None  # ISO 8601
    online: bool = True
    access_to_app: bool = True
    has_photo: bool = True

    @property
    def full_name(self) -> str:
        """Name and last name."""
        return f"{self.name} {self.last_name}".strip()

    def photo(self, portal_url: str) -> str:
        """The address of the photo, empty without one."""
        return f"{portal_url}/upload/main/avatar_{self.id}.svg" if self.has_photo else ""

    def as_json(self, portal_url: str = "") -> dict[str, Any]:
        """The shape of `user.get` (Bitrix24: user/user-get)."""
        return {
            "ID": str(self.id),
            "XML_ID": str(self.id),
            "ACTIVE": self.active,
            "NAME": self.name,
            "LAST_NAME": self.last_name,
            "SECOND_NAME": "",
            "EMAIL": self.email,
            "IS_ONLINE": "Y" if self.online else "N",
            "TIME_ZONE": "Europe/Moscow",
            "TIME_ZONE_OFFSET": "0",
            "PERSONAL_GENDER": "",
            "PERSONAL_PHOTO": self.photo(portal_url) or None,
            "PERSONAL_MOBILE": self.mobile,
            "WORK_PHONE": "",
            "WORK_POSITION": self.position,
            "UF_DEPARTMENT": [self.department],
            "UF_PHONE_INNER": self.inner_phone,
            "USER_TYPE": "employee",
        }


@dataclass(slots=True, kw_only=True)
class Department:
    """A node of the company structure."""

    id: int
    name: str
    parent: int = 0
    head: int = 0

    def as_json(self) -> dict[str, Any]:
        """The shape of `department.get`."""
        row: dict[str, Any] = {"ID": str(self.id), "NAME": self.name, "SORT": 500}
        if self.parent:
            row["PARENT"] = str(self.parent)
        if self.head:
            row["UF_HEAD"] = str(self.head)
        return row


def demo_users() -> dict[int, User]:
    """The invented staff of a new portal."""
    staff = [
        User(
            id=1, name="Анна", last_name="Смирнова", email="anna@example.com", admin=True, position="Директор"
        ),
        User(
            id=7,
            name="Иван",
            last_name="Петров",
            email="ivan@example.com",
            department=2,
            inner_phone="107",
            position="Менеджер по продажам",
        ),
        User(
            id=9,
            name="Ольга",
            last_name="Ким",
            email="olga@example.com",
            department=2,
            inner_phone="109",
            position="Специалист поддержки",
            has_photo=False,
        ),
    ]
    return {user.id: user for user in staff}


def demo_departments() -> list[Department]:
    """Two levels are enough for the rules about departments."""
    return [
        Department(id=1, name="Компания", head=1),
        Department(id=2, name="Отдел продаж", parent=1, head=7),
    ]


@method("user.current")
def user_current(call: Call) -> dict[str, Any]:
    """Bitrix24: user/user-current."""
    return _opened(call, call.user.as_json(call.portal.url))


def _opened(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """The fields that the scope opens: `user_brief` has no contact details."""
    if call.scope & {"user", "user_basic"}:
        return row
    return {key: value for key, value in row.items() if key not in CONTACT_FIELDS}


@method("user.get", "user.search")
def user_get(call: Call) -> list[dict[str, Any]]:
    """Bitrix24: user/user-get, user/user-search; of the prefixes of FILTER only `!`, `@` and `%` are told apart.

    `FIND` (search only) goes alone. `select` leaves out what it does not name.
    """
    conditions = call.object("FILTER")
    if "FIND" in conditions and (call.method == "user.get" or len(conditions) > 1):
        raise RestError("ERROR_ARGUMENT", "FIND is for user.search and cannot be combined with other fields")
    if call.get("IMAGE_RESIZE", "small") not in ("small", "medium", "large"):
        raise RestError("ERROR_ARGUMENT", "IMAGE_RESIZE must be small, medium or large")
    for key in conditions:
        if key.lstrip("!@%=><") not in USER_FILTER_KEYS:
            call.portal.violation(f"user.get: unknown filter {key}")
            raise RestError("ERROR_ARGUMENT", f"Unknown filter field '{key}'")
    rows = [user.as_json(call.portal.url) for user in call.portal.users.values()]
    closed = () if call.scope & {"user", "user_basic"} else CONTACT_FIELDS
    if any(key.lstrip("!@%=><") in closed for key in conditions):
        raise RestError("insufficient_scope", "The scope user_brief has no contact details", 403)
    rows = [row for row in rows if all(_user_matches(row, key, value) for key, value in conditions.items())]
    field = str(call.get("sort", "ID")).upper()
    rows.sort(
        key=lambda row: int(row["ID"]) if field == "ID" else str(row.get(field, "")),
        reverse=str(call.get("order", "ASC")).upper() == "DESC",
    )
    return [_selected(call, _opened(call, row)) for row in page(call, rows)]


def _selected(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """Unknown names are left out in silence, as the page says; the identifier always comes."""
    names = {str(name) for name in as_list(call.get("select"))}
    if not names or "*" in names:
        return row
    custom = "UF_*" in names
    return {
        key: value
        for key, value in row.items()
        if key == "ID" or key in names or (custom and key.startswith("UF_"))
    }


def _user_matches(row: dict[str, Any], key: str, value: Any) -> bool:
    name = key.lstrip("!@%=><")
    if name in ("NAME_SEARCH", "FIND"):
        said = f"{row['NAME']} {row['LAST_NAME']} {row['WORK_POSITION']}"
        found = str(value).lower() in said.lower()
    elif "%" in key:
        found = str(value).strip("%").lower() in str(row.get(name) or "").lower()
    elif name == "ACTIVE":
        found = row["ACTIVE"] == (str(value).lower() in ("y", "1", "true"))
    else:
        wanted = {str(item).lower() for item in as_list(value)}
        found = any(str(item).lower() in wanted for item in as_list(row.get(name)))
    return found != key.startswith("!")


@method("user.admin")
def user_admin(call: Call) -> bool:
    """Bitrix24: common/users/user-admin."""
    return call.user.admin


@method("profile")
def profile(call: Call) -> dict[str, Any]:
    """Bitrix24: common/users/profile."""
    user = call.user
    return {
        "ID": str(user.id),
        "ADMIN": user.admin,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_GENDER": "",
        "TIME_ZONE": "Europe/Moscow",
        "TIME_ZONE_OFFSET": 0,
    }


@method("department.get")
def department_get(call: Call) -> list[dict[str, Any]]:
    """Bitrix24: departments/department-get."""
    wanted = {
        name: str(call.get(name))
        for name in ("ID", "NAME", "PARENT", "UF_HEAD")
        if call.get(name) is not None
    }
    rows = [department.as_json() for department in call.portal.departments]
    rows = [row for row in rows if all(str(row.get(key, "")) == value for key, value in wanted.items())]
    field = str(call.get("sort", "ID"))
    if field not in ("ID", "NAME", "SORT", "PARENT", "UF_HEAD"):
        raise RestError("ERROR_ARGUMENT", f"Departments cannot be sorted by '{field}'", argument="sort")
    rows.sort(key=lambda row: str(row.get(field, "")) if field == "NAME" else int(row.get(field) or 0))
    ordered = rows[::-1] if str(call.get("order", "ASC")).upper() == "DESC" else rows
    if call.get("START") is not None:
        call.params["start"] = call.get("START")
    return page(call, ordered)


@method("im.user.list.get")
def im_user_list_get(call: Call) -> Any:
    """Bitrix24: chats/users/im-user-list-get; whoever is not known is left out, `absent` is the end of an absence."""
    given = call.get("ID")
    wanted = json.loads(given) if isinstance(given, str) and given.startswith("[") else as_list(given)
    if not wanted or not all(str(one).isdecimal() for one in wanted):
        raise RestError("INVALID_FORMAT", "A wrong format for the ID field is passed")
    users = [call.portal.users[int(one)] for one in wanted if int(one) in call.portal.users]
    rows = [
        {
            "id": user.id, "active": user.active, "name": user.full_name, "first_name": user.name,
            "last_name": user.last_name, "work_position": user.position, "extranet": False, "bot": False,
            "status": "online" if user.online else "offline", "absent": user.absent_until or False,
            "departments": [user.department], "type": "user",
        }
        for user in users
    ]  # fmt: skip
    if call.get("RESULT_TYPE") == "array":
        return rows
    return {str(row["id"]): row for row in rows} or []
