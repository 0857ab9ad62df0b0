"""Lines made on request, and settings of lines put right on request. Bitrix24: imopenlines.config.add, -update.

A line has no marker but its name: one whose making was not answered is found by it.
"""

from app.storage.queries import directory
from app.storage.services import Services
from bitrix_app.client import PortalClient
from bitrix_app.errors import NoAnswer, refusal_in
from bitrix_app.open_lines.read import read_lines

NO_REPEATS = {"CRM_CREATE_SECOND": "N"}
CHANGES: dict[str, dict[str, str]] = {
    "line_on": {"ACTIVE": "Y"},
    "crm_off": {"CRM_CREATE": "none"},
    "repeat_off": NO_REPEATS,
}
"""What a repair changes in the settings of a line."""


def make_line(services: Services, client: PortalClient, name: str, user_id: int) -> tuple[int, bool]:
    """A line of this name, and whether it is new: one that is there already is taken. Raises BitrixError.

    Its operators are the users who are joined to employees of UIS, else `user_id`.
    """
    found = find_line(client, name)
    if found is not None:
        return found, False
    people = operators(services, client.installation_id) or [user_id]
    queue = [{"ENTITY_TYPE": "user", "ENTITY_ID": str(number)} for number in people]
    params = {"LINE_NAME": name, "ACTIVE": "Y", "QUEUE": queue, **NO_REPEATS}
    try:
        return int(client.call("imopenlines.config.add", {"PARAMS": params})["result"]), True
    except NoAnswer:
        found = find_line(client, name)
        if found is None:
            raise
        return found, True


def find_line(client: PortalClient, name: str) -> int | None:
    """The newest line of exactly this name. Raises BitrixError."""
    known, _ = read_lines(client)
    return max((line.id for line in known.values() if line.name == name), default=None)


def operators(services: Services, installation_id: int) -> list[int]:
    """Users who are joined to employees of UIS and work here."""
    with services.sessions() as session:
        staff = directory.employees(session, installation_id)
        users = directory.items(session, installation_id, "users") or []
    working = {int(user["id"]) for user in users if user.get("active", True)}
    joined = {one.user_id for one in staff if one.active and one.user_id is not None}
    return sorted(joined & working)


def change(client: PortalClient, line_id: int, code: str) -> None:
    """Carry out a repair of CHANGES. Raises BitrixError; a line that is gone is answered with false."""
    params = {"CONFIG_ID": line_id, "PARAMS": CHANGES[code]}
    refusal = refusal_in(client.call("imopenlines.config.update", params)["result"])
    if refusal is not None:
        raise refusal
