"""Lists read from a portal: users, pipelines, stages, fields, CRM mode.

Bitrix24: user/user-get, crm/universal/category/crm-category-list, crm/status/crm-status-list,
crm-settings-mode-get. Two requests for most portals, the second one asks who is away; further pages of users come
ten at a time.
"""

from collections.abc import Mapping
from typing import Any

from app.storage.models import Installation
from app.storage.queries import directory
from app.storage.services import Services
from bitrix_app.batch import BatchAnswer
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.fields import DIRECTORIES, field_commands, field_rows
from bitrix_app.presence import absences

PAGE = 50
PAGES_AT_ONCE = 10
MOST_USERS = 10_000
LEAD_STAGES = "STATUS"
DEAL_STAGES = "DEAL_STAGE"
SOURCES = "SOURCE"


def read_directories(services: Services, client: PortalClient) -> dict[str, int]:
    """Read and store everything. Returns how many of each: users, pipelines, stages, fields. Raises BitrixError."""
    answer = client.batch(
        {
            "users": _users_page(0),
            "pipelines": command("crm.category.list", {"entityTypeId": 2}),
            "stages": command("crm.status.list", {"order": {"SORT": "ASC"}}),
            "mode": command("crm.settings.mode.get", {}),
        }
        | field_commands()
    )
    _whole(answer)
    simple = str(answer.results["mode"]) == "2"
    pipelines = _pipelines(answer.results["pipelines"])
    users = [_user(row) for row in _all_users(client, answer.results["users"])]
    away = absences(client, (user["id"] for user in users if user["active"]))
    found = {
        "users": [user | {"absent": away.get(user["id"])} for user in users],
        "pipelines": pipelines,
        "stages": _stages(answer.results["stages"], simple, {row["id"] for row in pipelines}),
    }
    sources = {"crm_sources": _sources(answer.results["stages"])}
    fields = field_rows(answer, answer.results["stages"])
    _store(services, client.installation_id, found | fields | sources, simple)
    counts = {name: len(rows) for name, rows in found.items()}
    return counts | {"fields": sum(len(rows) for rows in fields.values())}


def first_read(services: Services, client: PortalClient) -> None:
    """The same as a step of the installation."""
    read_directories(services, client)


def _store(
    services: Services, installation_id: int, found: Mapping[str, list[dict[str, Any]]], simple: bool
) -> None:
    now = services.clock.now()
    with services.sessions.begin() as session:
        session.get_one(Installation, installation_id).crm_mode = "simple" if simple else "classic"
        for name, rows in found.items():
            directory.put(session, installation_id, name, rows, now)


def _users_page(start: int) -> str:
    return command("user.get", {"sort": "ID", "order": "ASC", "IMAGE_RESIZE": "small", "start": start})


def _all_users(client: PortalClient, first: Any) -> list[dict[str, Any]]:
    rows = _rows(first)
    while len(rows) % PAGE == 0 and rows and len(rows) < MOST_USERS:
        starts = [len(rows) + PAGE * number for number in range(PAGES_AT_ONCE)]
        answer = client.batch({f"u{start}": _users_page(start) for start in starts})
        _whole(answer)
        more = [row for start in starts for row in _rows(answer.results.get(f"u{start}"))]
        if not more:
            break
        rows += more
    return list({str(row["ID"]): row for row in rows}.values())


def _whole(answer: BatchAnswer) -> None:
    """Half a directory is none: what is missing from it would look deleted."""
    for key, error in answer.errors.items():
        if key not in DIRECTORIES:  # `field_rows` looks at those
            raise error.meaning()


def _user(row: Mapping[str, Any]) -> dict[str, Any]:
    first, last = str(row.get("NAME") or "").strip(), str(row.get("LAST_NAME") or "").strip()
    phones = [str(row[name]) for name in ("PERSONAL_MOBILE", "WORK_PHONE", "PERSONAL_PHONE") if row.get(name)]
    return {
        "id": int(row["ID"]),
        "title": f"{first} {last}".strip() or str(row.get("EMAIL") or f"#{row['ID']}"),
        "last_name": last,
        "active": row.get("ACTIVE") in (True, "Y", "true", "1"),
        "position": str(row.get("WORK_POSITION") or ""),
        "photo": _photo(row.get("PERSONAL_PHOTO")),
        "email": str(row.get("EMAIL") or "") or None,
        "phones": phones,
        "departments": _departments(row.get("UF_DEPARTMENT")),
    }


def _photo(value: Any) -> str | None:
    """The address of a photo; the page takes it from there, so nothing but an address may stand in its place."""
    address = str(value or "")
    return address if address.startswith(("https://", "http://")) else None


def _departments(value: Any) -> list[int]:
    """`UF_DEPARTMENT` is a list of numbers, a single one, or nothing."""
    values = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else [value]
    return [int(one) for one in values if str(one or "").isdecimal()]


def _pipelines(result: Any) -> list[dict[str, Any]]:
    rows = _rows(result.get("categories") if isinstance(result, Mapping) else result)
    rows.sort(key=lambda row: int(row.get("sort") or 0))
    return [{"id": int(row["id"]), "entity": "deal", "title": str(row.get("name") or "")} for row in rows]


def _stages(result: Any, simple: bool, pipelines: set[int]) -> list[dict[str, Any]]:
    found = []
    for row in _rows(result):
        place = _place(str(row.get("ENTITY_ID") or ""))
        if place is None or (place[0] == "lead" and simple) or (place[1] or 0) not in pipelines | {0}:
            continue
        found.append(
            {
                "id": str(row["STATUS_ID"]),
                "entity": place[0],
                "category_id": place[1],
                "title": str(row.get("NAME") or row["STATUS_ID"]),
                "final": str(row.get("SEMANTICS") or "") in ("S", "F"),
            }
        )
    return found


def _sources(result: Any) -> list[dict[str, Any]]:
    """Sources of leads, deals and contacts (`SOURCE_ID`)."""
    rows = [row for row in _rows(result) if row.get("ENTITY_ID") == SOURCES]
    return [{"id": str(row["STATUS_ID"]), "title": str(row.get("NAME") or "")} for row in rows]


def _place(entity_id: str) -> tuple[str, int | None] | None:
    """`STATUS` is of leads, `DEAL_STAGE` of the general pipeline, `DEAL_STAGE_2` of another one."""
    if entity_id == LEAD_STAGES:
        return "lead", None
    if entity_id == DEAL_STAGES:
        return "deal", 0
    number = entity_id.removeprefix(f"{DEAL_STAGES}_")
    return ("deal", int(number)) if number != entity_id and number.isdecimal() else None


def _rows(value: Any) -> list[dict[str, Any]]:
    rows = value.values() if isinstance(value, Mapping) else value or []
    return [dict(row) for row in rows if isinstance(row, Mapping)]
