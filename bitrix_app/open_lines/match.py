"""Making a portal's open lines match the settings: our connector on where it is wanted, off where it is not.

Bitrix24: imconnector.activate, imconnector.connector.data.set, imconnector.status. What somebody switched off in the
portal is shown and stays off until an administrator asks for it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.problems import stored
from app.pipeline import backoff
from app.pipeline.view import section
from app.storage.models import LineState, LinesWork, OpenLine, OutboxRow, UisChannel, UisConnection
from app.storage.queries import lines, outbox
from app.storage.services import Services
from bitrix_app import manifest
from bitrix_app.batch import BatchAnswer
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError
from bitrix_app.open_lines import missed as lines_missed
from bitrix_app.open_lines.answers import NOT_ACTIVE
from bitrix_app.open_lines.read import Line, read_connectors, read_lines, status_command, status_of
from bitrix_app.words import problem_of

log = structlog.get_logger()
LEASE = timedelta(minutes=3)
PER_BATCH = 12
"""Lines that are switched in one request, a few commands each."""


def match(services: Services, client: PortalClient, installation_id: int) -> bool:
    """Read, switch, read again; False when somebody else is at it. Failures are stored, in words for the page."""
    now = services.clock.now()
    with services.sessions.begin() as session:
        if not lines.take(session, installation_id, now, now + LEASE):
            return False
    problem: dict[str, Any] | None = None
    try:
        if _match(services, client, installation_id):
            lines_missed.find(services, client)
    except BitrixError as error:
        log.warning("lines_not_matched", portal=installation_id, error=type(error).__name__)
        problem = problem_of(error)
    _give_back(services, client, installation_id, problem)
    return True


def wanted_lines(session: Session, installation_id: int) -> dict[int, list[int]]:
    """Lines that the settings in force want, with their channels; none while the section is off."""
    document = section(session, installation_id, "open_lines")
    found: dict[int, list[int]] = {}
    for row in document.get("lines", ()) if document.get("enabled") else ():
        found.setdefault(row["line_id"], []).append(row["channel_id"])
    return found


def _match(services: Services, client: PortalClient, installation_id: int) -> bool:
    """Whether there are lines that carry anything."""
    known, connectors = read_lines(client)
    with services.sessions.begin() as session:
        lines.revive(session, installation_id, known)
        wanted = wanted_lines(session, installation_id)
        lines.wish(session, installation_id, wanted)
        rows = {row.line_id: row for row in lines.rows(session, installation_id)}
        names = _channel_names(session, installation_id)
    join = [number for number, row in rows.items() if row.state == LineState.JOINING and number in known]
    leave = [number for number, row in rows.items() if row.state == LineState.LEAVING and number in known]
    told = {number: ", ".join(names.get(one, str(one)) for one in wanted.get(number, ())) for number in join}
    problems = _switch(services, client, told, leave)
    read_connectors(client, [known[number] for number in wanted if number in known], connectors)
    gone = set(leave) - _still_on(client, leave)
    _store(services, installation_id, known, problems, gone)
    return bool(wanted)


def _switch(
    services: Services, client: PortalClient, join: Mapping[int, str], leave: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Switch on (line -> name of the channel) and off; problems by line."""
    problems: dict[int, dict[str, Any]] = {}
    todo = [(number, True) for number in join] + [(number, False) for number in leave]
    for start in range(0, len(todo), PER_BATCH):
        part = todo[start : start + PER_BATCH]
        # A connector that was lost with an update is there again; one that is there stays as it is.
        head = {"register": command("imconnector.register", manifest.connector(services.config.public_url))}
        commands: dict[str, str] = {} if not join else head
        for number, on in part:
            commands |= _on(services, number, join[number]) if on else {f"off{number}": _off(number, "0")}
        answer = client.batch(commands)
        _say_again(client, answer, [number for number, on in part if not on])
        problems |= {number: found for number, on in part if on and (found := _problem(answer, number))}
    return problems


def _on(services: Services, number: int, name: str) -> dict[str, str]:
    place = {"CONNECTOR": manifest.CONNECTOR_ID, "LINE": number}
    url = services.config.public_url
    data = {"ID": f"{manifest.CONNECTOR_ID}_line{number}", "URL": url, "URL_IM": url, "NAME": name or "OMNI"}
    return {
        f"on{number}": command("imconnector.activate", place | {"ACTIVE": "1"}),
        f"data{number}": command("imconnector.connector.data.set", place | {"DATA": data}),
    }


def _off(number: int, value: str) -> str:
    return command(
        "imconnector.activate", {"CONNECTOR": manifest.CONNECTOR_ID, "LINE": number, "ACTIVE": value}
    )


def _say_again(client: PortalClient, answer: BatchAnswer, numbers: Sequence[int]) -> None:
    """The page calls 0 a way to switch off, and its table of errors may call it empty: then it is said with N."""
    refused = [number for number in numbers if answer.refusal(f"off{number}") is not None]
    if refused:
        client.batch({f"off{number}": _off(number, "N") for number in refused})


def _problem(answer: BatchAnswer, number: int) -> dict[str, Any] | None:
    """What kept a line from being switched on: without a connector the rest follows from that."""
    for key in ("register", f"on{number}", f"data{number}"):
        refusal = answer.refusal(key)
        if refusal is not None:
            return problem_of(refusal)
    return None


def _still_on(client: PortalClient, numbers: Sequence[int]) -> set[int]:
    """Lines that our connector did not leave."""
    found: set[int] = set()
    for start in range(0, len(numbers), 50):
        part = numbers[start : start + 50]
        answer = client.batch({f"s{number}": status_command(number) for number in part})
        for number in part:
            status = status_of(answer.results.get(f"s{number}"))
            if status is None or status["status"]:
                found.add(number)
    return found


def _store(
    services: Services, installation_id: int, known: Mapping[int, Line],
    problems: Mapping[int, dict[str, Any]], off: Collection[int],
) -> None:  # fmt: skip
    now, opened = services.clock.now(), False
    with services.sessions.begin() as session:
        rows = {row.line_id: row for row in lines.rows(session, installation_id)}
        for number, line in known.items():
            row = rows.setdefault(
                number, OpenLine(installation_id=installation_id, line_id=number, state=LineState.OFF)
            )
            session.add(row)
            row.name, row.live, row.checked_at = line.name, line.live, now
            state = _state(row, line, number in off)
            if state == LineState.ON and row.state != LineState.ON:
                opened |= bool(_send_what_waited(session, installation_id, number, now))
            row.state = state
            row.problem = problems.get(number) if state in (LineState.JOINING, LineState.LEAVING) else None
        for number, row in rows.items():
            if number not in known and row.state != LineState.OFF:
                row.state, row.checked_at = LineState.GONE, now
        session.get_one(LinesWork, installation_id).read_at = now
    if opened:
        services.wake.mail(installation_id)


def _state(row: OpenLine, line: Line, off: bool) -> LineState:
    """Where our connector stands, by what is wanted of it now and what the portal says. `off`: seen to be."""
    status = line.live.get("status")
    works = bool(status and status["status"])
    before = LineState(row.state)
    if before == LineState.LEAVING:
        return LineState.OFF if off else LineState.LEAVING
    if before in (LineState.JOINING, LineState.STOPPED):
        return LineState.ON if works else before
    if before == LineState.ON and status is not None and not works:
        return LineState.STOPPED
    return before


def _send_what_waited(session: Session, installation_id: int, number: int, now: datetime) -> list[int]:
    """What a line refused because it was off was never sent: it goes now that the line is on."""
    problem = stored(NOT_ACTIVE, {"line": number})
    ours = (OutboxRow.installation_id == installation_id) & (OutboxRow.problem == problem)
    return outbox.reopen(session, ours, now)


def _channel_names(session: Session, installation_id: int) -> dict[int, str]:
    query = (
        select(UisChannel.chat_channel_id, UisChannel.name)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == installation_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _give_back(
    services: Services, client: PortalClient, installation_id: int, problem: dict[str, Any] | None
) -> None:
    now = services.clock.now()
    with services.sessions.begin() as session:
        row = session.get_one(LinesWork, installation_id)
        unfinished = any(
            line.state in (LineState.JOINING, LineState.LEAVING)
            for line in lines.rows(session, installation_id)
        )
        row.attempts = row.attempts + 1 if problem or unfinished else 0
        usual = timedelta(seconds=services.config.reconcile)
        pause = backoff.after(min(row.attempts, 6)) if row.attempts else None
        wanted = bool(wanted_lines(session, installation_id))
        row.due_at = (
            now + (min(timedelta(seconds=pause), usual) if pause else usual) if wanted or pause else None
        )
        row.lease_until, row.problem = None, stored(problem["code"], problem["params"]) if problem else None
    client.flush_log()
