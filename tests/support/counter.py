"""An open line with the application behind it: both vendors of the sandbox, the whole application, one clock for all.

Nothing runs by itself: `work` carries what there is to carry, so that a test sees every state.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from app.base.sessions import PageSession, PageSessions
from app.domain.settings import defaults
from app.pipeline.drain import drain
from app.pipeline.letters.lane import deliver
from app.pipeline.road import Road
from app.storage.models import InboxRow, Installation, LineDialog, MailWork, OutboxRow
from app.storage.queries import directory, settings
from app.storage.services import Services
from app.uis.joining.connect import connect
from app.uis.joining.tickets import sign_in
from app.uis.reports.poll import poll_due
from app.uis.sync import synchronize
from app.web import lines_work
from app.web.background import build_road
from app.web.factory import create_app
from bitrix_app import runtime
from bitrix_app.limits.limiter import Limiter
from bitrix_app.manifest import CONNECTOR_ID
from sandbox.bitrix.lines.model import Dialog, LineMessage
from sandbox.bitrix.portal import Portal
from sandbox.core.server import Server
from sandbox.uis.entities import Message
from sandbox.uis.offline import Uis
from sandbox.world import World
from tests.support.stage import environment
from tests.uis.stage import KEY, LOGIN, PASSWORD, SITE_CHAT, TELEGRAM, WHATSAPP, Late, WorldClock

LINE = 1
MARINA = 367852
"""An employee of UIS, and in `counter` the pair of user 1."""


@dataclass(slots=True, kw_only=True)
class Counter:
    """A portal whose line 1 carries the site's chat."""

    world: World
    portal: Portal
    flask: Flask
    services: Services
    road: Road
    installation_id: int

    @property
    def uis(self) -> Uis:
        return self.world.uis

    def work(self) -> None:
        """Deliver what both vendors have to tell, and carry everything that is due, until nothing moves."""
        for _ in range(12):
            self.uis.flush()
            assert self.portal.events.wait_idle()
            before = self._moved()
            drain(self.road, self.installation_id, "counter")
            deliver(self.road, self.installation_id, "counter")
            self.uis.flush()
            assert self.portal.events.wait_idle()
            if self._moved() == before:
                return
        raise AssertionError("the lines never come to rest")

    def rest(self, seconds: float = 4.0) -> None:
        """Let short pauses end, then work."""
        self.work()
        self.world.clock.advance(seconds)
        self.work()

    def work_off(self) -> None:
        """From one due letter to the next, until none is due any more."""
        for _ in range(40):
            self.rest()
            with self.services.sessions() as session:
                due = session.get_one(MailWork, self.installation_id).due_at
            if due is None:
                return
            self.world.clock.advance(max(0.0, (due - self.services.clock.now()).total_seconds()))
        raise AssertionError("letters never come to rest")

    def read(self, after: float = 0.0) -> int:
        """Some time goes by, then reports that are due are read; how many events were new."""
        self.world.clock.advance(after)
        fresh = poll_due(self.services)
        self.work()
        return fresh

    def compare(self, after: float = 0.0) -> None:
        """Some time goes by, then lines that are due are compared with the settings, and dialogs looked through."""
        self.world.clock.advance(after)
        lines_work.match_due(self.services, self.flask.extensions["omni.portals"])

    def save(self, section: str, **changes: Any) -> None:
        """Change keys of a section, without its checks."""
        with self.services.sessions.begin() as session:
            version = settings.newest(session, self.installation_id, section)
            document = dict(version.document) if version else defaults(section)
            saved = settings.save(
                session, installation_id=self.installation_id, section=section,
                revision=version.revision if version else 0, document=document | changes, author_id=1,
                now=self.services.clock.now(),
            )  # fmt: skip
            assert saved

    def call(self, method: str, path: str, json: Any = None, status: int = 200, admin: bool = True) -> Any:
        """A call of the API as a page makes it; its answer."""
        config = self.services.config
        session = PageSession(
            installation_id=self.installation_id, generation=1, user_id=1 if admin else 7, admin=admin, page="app",
            placement="DEFAULT", lang="ru",
        )  # fmt: skip
        token = PageSessions(config.secret_keys, self.services.clock).make(session)
        answer = self.flask.test_client().open(
            f"/api{path}", method=method, json=json, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == status, (answer.status_code, answer.json)
        return answer.json

    def put(self, section: str, status: int = 200, **changes: Any) -> Any:
        """Save keys of a section as a page does."""
        found = self.call("GET", f"/settings/{section}")
        wish = {"revision": found["revision"], "settings": found["settings"] | changes}
        return self.call("PUT", f"/settings/{section}", wish, status)

    def lines(self) -> dict[int, dict[str, Any]]:
        """What the page of lines shows, by line."""
        return {row["id"]: row for row in self.call("GET", "/open_lines")["lines"]}

    def pair(self, operator_id: int, user_id: int | None) -> None:
        """Join an employee of UIS to a user."""
        with self.services.sessions.begin() as session:
            [row] = [
                one for one in directory.employees(session, self.installation_id) if one.uis_id == operator_id
            ]
            row.user_id, row.joined_by = user_id, "hand"

    # --- what there is to see

    def dialogs(self) -> list[Dialog]:
        return list(self.portal.open_lines.dialogs.values())

    def dialog(self) -> Dialog:
        [dialog] = self.dialogs()
        return dialog

    def said(self, dialog: Dialog | None = None) -> list[str]:
        """What operators read in a dialog, without the portal's own service messages; oldest first."""
        rows = (dialog or self.dialog()).messages.values()
        return [row.text for row in rows if row.direction != "system" and not row.deleted]

    def service(self, dialog: Dialog | None = None) -> list[str]:
        """Service messages of a dialog that the application wrote, or the portal."""
        rows = (dialog or self.dialog()).messages.values()
        return [row.text for row in rows if row.direction == "system"]

    def heard(self, chat_id: int) -> list[str]:
        """What operators said in a chat of UIS, oldest first."""
        return [row.text for row in self.messages(chat_id) if row.source == "operator"]

    def messages(self, chat_id: int) -> list[Message]:
        return list(self.uis.chats[chat_id].messages)

    def answer(self, text: str = "", user_id: int = 1, **more: Any) -> LineMessage:
        """An operator answers in the only dialog."""
        chat_id = self.dialog().id
        with self.portal.lock:
            self.portal.open_lines.enter(chat_id, user_id)
            return self.portal.open_lines.operator_says(chat_id, user_id, text, **more)

    def letters(self, **wanted: Any) -> list[OutboxRow]:
        """Letters with these columns, oldest first."""
        with self.services.sessions() as session:
            return list(session.query(OutboxRow).filter_by(**wanted).order_by(OutboxRow.id))

    def rows(self) -> list[LineDialog]:
        with self.services.sessions() as session:
            return list(session.query(LineDialog).order_by(LineDialog.id))

    def states(self) -> set[str]:
        return {row.state for row in self.letters()}

    def _moved(self) -> tuple[int, int, int, int]:
        """Something that changes with everything that is done: what was read of a report waits to be folded."""
        with self.services.sessions() as session:
            letters = session.query(OutboxRow.state).all()
            events = session.query(InboxRow).filter_by(state="new").count()
        waiting = sum(state == "waiting" for (state,) in letters)
        return len(letters), waiting, len(self.portal.requests), events


@contextmanager
def counter(
    url: str, folder: Path, *, channels: Sequence[int] = (SITE_CHAT,), answering: str = "bitrix24",
    activate: bool = True, **env: str,
) -> Iterator[Counter]:  # fmt: skip
    """A world with the application installed, UIS joined, and these channels in line 1."""
    with World() as world:
        doors = Late()
        server = Server(doors)
        server.start()
        world.card.url = server.url
        variables = environment(world, url, PUBLIC_URL=server.url, INSTANCE_PATH=str(folder), **env)
        flask = create_app(variables, clock=WorldClock(world))
        doors.target = flask
        flask.extensions[runtime.BACKGROUND] = lambda work: work()
        services, portals = flask.extensions["omni"], flask.extensions["omni.portals"]
        # Pauses of the request budget pass when the clock of the world does.
        rate = services.config.rate
        portals.limiter = Limiter(
            rate, services.config.burst, now=world.clock.now, wall=world.clock.now, sleep=world.clock.advance
        )
        portal = world.portals[0]
        try:
            assert portal.open_installer().status_code == 200
            portal.finish_install()
            assert portal.events.wait_idle()
            with services.sessions() as session:
                installation_id = session.query(Installation.id).scalar()
            made = Counter(
                world=world, portal=portal, flask=flask, services=services, road=build_road(services, portals),
                installation_id=installation_id,
            )  # fmt: skip
            _join(made, channels, answering)
            if activate:
                _open(made, channels)
            portal.requests.clear()
            yield made
        finally:
            flask.extensions["omni.watch"].stop()
            services.engine.dispose()
            server.stop()


def _join(made: Counter, channels: Sequence[int], answering: str) -> None:
    ticket = sign_in(made.services, made.installation_id, "uis2", LOGIN, PASSWORD).ticket
    connect(
        made.services, made.installation_id, ticket=ticket, channels=channels, answering=answering,
        data_api_key=KEY,
    )  # fmt: skip
    made.work()
    synchronize(made.services, made.installation_id)
    made.pair(MARINA, 1)


def _open(made: Counter, channels: Sequence[int]) -> None:
    with made.portal.lock:
        made.portal.open_lines.connect(CONNECTOR_ID, LINE, True)
        made.portal.connectors[CONNECTOR_ID].data[LINE] = {"NAME": "OMNI"}
    rows = [{"channel_id": number, "line_id": LINE} for number in channels]
    made.save("open_lines", enabled=True, lines=rows)


__all__ = ["LINE", "MARINA", "SITE_CHAT", "TELEGRAM", "WHATSAPP", "Counter", "counter"]
