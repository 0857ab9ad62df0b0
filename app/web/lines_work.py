"""Work on open lines that a page or a rhythm asks for, after the answer; what dies with the process is due again."""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.domain.mail import Exit, LetterState
from app.pipeline.view import section
from app.storage.database import reading
from app.storage.models import Installation, InstallationState, LineState, LinesWork, OpenLine, OutboxRow
from app.storage.queries import lines, outbox, settings
from app.storage.services import Services
from app.web.caller import portals, services
from app.web.portals import Portals
from bitrix_app.client import PortalClient
from bitrix_app.errors import BitrixError
from bitrix_app.open_lines import match as matching
from bitrix_app.open_lines import repair as lines_repair
from bitrix_app.runtime import in_background
from bitrix_app.words import problem_of

log = structlog.get_logger()
FRESH = timedelta(minutes=1)


def wish(session: Session, installation_id: int, now: datetime) -> None:
    """The settings have changed: what is to be switched is noted with them, whoever does it and when."""
    session.flush()
    lines.wish(session, installation_id, matching.wanted_lines(session, installation_id).keys())
    lines.due(session, installation_id, now)


def begin(installation_id: int) -> None:
    """Compare the lines with the settings now."""
    house, client = services(), portals().client(installation_id)
    in_background(lambda: matching.match(house, client, installation_id))


def look(installation_id: int) -> None:
    """The same, when they were not looked at for a minute and the portal may be asked."""
    house = services()
    with house.sessions() as session:
        work = reading(session).get(LinesWork, installation_id)
        state = session.get_one(Installation, installation_id).state
    old = work is None or work.read_at is None or work.read_at < house.clock.now() - FRESH
    if old and state == InstallationState.ACTIVE:
        begin(installation_id)


def match_due(house: Services, clients: Portals) -> None:
    """Every portal whose lines are due: switching that was cut off, and the comparison from time to time."""
    with house.sessions() as session:
        found = lines.due_portals(reading(session), house.clock.now())
    for installation_id in found:
        matching.match(house, clients.client(installation_id), installation_id)


def repair(installation_id: int, line_id: int, code: str, user_id: int) -> None:
    """Carry out a repair, then compare."""
    house, client = services(), portals().client(installation_id)

    def run() -> None:
        try:
            _repair(house, client, line_id, code, user_id)
        except BitrixError as error:
            log.warning("line_not_repaired", portal=installation_id, code=code, error=type(error).__name__)
            _note(house, installation_id, line_id, error)
            return
        matching.match(house, client, installation_id)

    in_background(run)


def _repair(house: Services, client: PortalClient, line_id: int, code: str, user_id: int) -> None:
    if code in lines_repair.CHANGES:
        lines_repair.change(client, line_id, code)
    elif code == "switch_on":
        with house.sessions.begin() as session:
            row = _row(session, client.installation_id, line_id)
            if row.state in (LineState.STOPPED, LineState.JOINING):
                row.state, row.problem = LineState.JOINING, None
    else:
        _move(house, client, line_id, user_id)


def _move(house: Services, client: PortalClient, line_id: int, user_id: int) -> None:
    """A line of their own for the channels of this one."""
    with house.sessions() as session:
        name = _row(session, client.installation_id, line_id).name or f"#{line_id}"
    number, _ = lines_repair.make_line(house, client, f"OMNI: {name}"[:255], user_id)
    with house.sessions.begin() as session:
        session.get_one(Installation, client.installation_id, with_for_update=True)
        version = settings.newest(session, client.installation_id, "open_lines")
        document = section(session, client.installation_id, "open_lines")
        moved = [row | {"line_id": number} if row["line_id"] == line_id else row for row in document["lines"]]
        settings.save(
            session, installation_id=client.installation_id, section="open_lines",
            revision=version.revision if version else 0, document=document | {"lines": moved},
            author_id=user_id, now=house.clock.now(),
        )  # fmt: skip


def _note(house: Services, installation_id: int, line_id: int, error: BitrixError) -> None:
    with house.sessions.begin() as session:
        _row(session, installation_id, line_id).problem = problem_of(error)


def _row(session: Session, installation_id: int, line_id: int) -> OpenLine:
    return session.query(OpenLine).filter_by(installation_id=installation_id, line_id=line_id).one()


def send_again(installation_id: int, ids: Collection[int], states: Collection[LetterState]) -> int:
    """Letters in these states leave again, to the line that their channel has now. How many."""
    house = services()
    now = house.clock.now()
    with house.sessions.begin() as session:
        ours = (OutboxRow.installation_id == installation_id) & OutboxRow.id.in_(ids)
        _readdress(session, installation_id, ids)
        count = len(outbox.reopen(session, ours & OutboxRow.state.in_(states), now))
    house.wake.mail(installation_id)
    return count


def _readdress(session: Session, installation_id: int, ids: Collection[int]) -> None:
    """A line that is no more gets nothing: the dialog knows where its channel is now."""
    found = outbox.by_ids(session, ids).values()
    mine = [row for row in found if row.installation_id == installation_id and row.exit == Exit.LINE]
    dialogs = lines.by_ids(session, {row.body["dialog"] for row in mine})
    for row in mine:
        dialog = dialogs.get(row.body["dialog"])
        if dialog is not None and row.state == LetterState.FAILED:
            row.body = row.body | {"line": dialog.line_id}
    session.flush()
