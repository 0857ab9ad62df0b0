"""`imopenlines.config.*`: lines and their settings (Bitrix24: imopenlines/openlines)."""

from typing import Any

from sandbox.bitrix.call import Call, as_list, as_map, method, truth
from sandbox.bitrix.crm.filters import check_filter, matches, order_rows
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines import settings
from sandbox.bitrix.lines.model import Line

FIELDS = ("ID", "LINE_NAME", "ACTIVE", "DATE_CREATE", "DATE_MODIFY", *settings.DEFAULTS)
LISTED = ("select", "order", "filter", "limit", "offset")
OPTIONAL = ("QUEUE", "CONFIG_QUEUE", "CHECK_PERMISSION")


@method("imopenlines.config.list.get")
def config_list(call: Call) -> list[dict[str, Any]]:
    """Lines of the portal; `limit` 50 by default, at most 200."""
    params, options = call.object("PARAMS"), call.object("OPTIONS")
    for place, given, known in (("PARAMS", params, LISTED), ("OPTIONS", options, OPTIONAL)):
        if set(given) - set(known):
            call.portal.violation(f"{call.method}: unknown field in {place}")
            raise _format(f"Unsupported {place} fields are passed: {', '.join(set(given) - set(known))}")
    for name in ("limit", "offset"):
        if not str(params.get(name, 0)).isdigit():
            raise _format(f"A non-negative integer is expected in the PARAMS field '{name}'")
    names = _selected(params)
    lines = call.portal.lines.values()
    rows = {line.id: settings.as_json(line) for line in lines}
    found = _ordered(params, [row for row in rows.values() if _kept(params, row)])
    offset, limit = int(params.get("offset") or 0), min(int(params.get("limit") or 50), 200)
    picked = found[offset : offset + limit]
    return [_shown(call, call.portal.lines[int(row["ID"])], row, names, options) for row in picked]


def _selected(params: dict[str, Any]) -> list[str]:
    names = [str(name) for name in as_list(params.get("select"))]
    for name in names:
        if name not in FIELDS and name != "*":
            raise _format(f"An unknown field '{name}' is passed in the PARAMS field 'select'")
    return [] if "*" in names else names


def _kept(params: dict[str, Any], row: dict[str, Any]) -> bool:
    try:
        check_filter(params.get("filter"), FIELDS)
    except RestError as error:
        raise _format(f"An unknown field is passed in the PARAMS field 'filter': {error}") from error
    return matches(row, params.get("filter"))


def _ordered(params: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    order = {name: str(value) for name, value in as_map(params.get("order"), "order").items()}
    try:
        return order_rows(rows, order or {"ID": "ASC"}, FIELDS)
    except RestError as error:
        raise _format(f"PARAMS field 'order': {error.description}") from error


def _shown(
    call: Call, line: Line, row: dict[str, Any], names: list[str], options: dict[str, Any]
) -> dict[str, Any]:
    shown = {key: item for key, item in row.items() if not names or key in (*names, "ID")}
    if truth(options.get("QUEUE", "N")):
        people = settings.queue(call.portal, line)
        shown |= {"QUEUE": people, "QUEUE_USERS_FIELDS": _people(call, people) or []}
    if truth(options.get("CONFIG_QUEUE", "N")):
        shown["CONFIG_QUEUE"] = settings.value(line, "QUEUE") or []
    return shown


def _people(call: Call, ids: list[int]) -> dict[str, dict[str, Any]]:
    users = call.portal.users
    return {
        str(number): {
            "USER_NAME": users[number].full_name,
            "USER_WORK_POSITION": users[number].position or None,
            "USER_AVATAR": "",
            "USER_AVATAR_ID": "0",
        }
        for number in ids
    }


def _format(text: str) -> RestError:
    return RestError("INVALID_FORMAT", text)


@method("imopenlines.config.get")
def config_get(call: Call) -> Any:
    """One line with its queue; false when there is none."""
    line = call.portal.lines.get(_number(call))
    if line is None:
        return False
    row = settings.as_json(line)
    if not truth(call.get("WITH_QUEUE", "Y")):
        return row
    people = settings.queue(call.portal, line)
    full = {
        str(number): {
            "ID": str(200 + index),
            "SORT": str(index),
            "USER_ID": str(number),
            "DEPARTMENT_ID": "0",
        }
        | _people(call, [number])[str(number)]
        for index, number in enumerate(people)
    }
    online = any(call.portal.users[number].online for number in people)
    return row | {
        "QUEUE": [str(number) for number in people],
        "QUEUE_FULL": full or [],
        "QUEUE_USERS_FIELDS": _people(call, people) or [],
        "QUEUE_ONLINE": "Y" if online else "N",
    }


@method("imopenlines.config.add")
def config_add(call: Call) -> int:
    """A new line, its maker alone in the queue unless the call names one; names may repeat."""
    return settings.new_line(call.portal, call.object("PARAMS"), call.user.id).id


@method("imopenlines.config.update")
def config_update(call: Call) -> bool:
    """Change a line; false when there is none."""
    _require_rights(call)
    line = call.portal.lines.get(_number(call))
    if line is None:
        return False
    settings.write(call.portal, line, call.object("PARAMS"), call.user.id)
    return True


@method("imopenlines.config.delete")
def config_delete(call: Call) -> bool:
    """Delete a line; false when there is none."""
    _require_rights(call)
    number = _number(call)
    if number not in call.portal.lines:
        return False
    call.portal.open_lines.delete_line(number, call.user.id)
    return True


def _number(call: Call) -> int:
    number = call.integer("CONFIG_ID")
    if number <= 0:
        raise RestError("CONFIG_ID_EMPTY", "Config ID can't be empty")
    return number


def _require_rights(call: Call) -> None:
    if not call.user.admin:
        raise RestError("CONFIG_WRONG_USER_PERMISSION", "Permission denied", 403)
