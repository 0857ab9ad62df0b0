"""Hostile files at the real door of a real process: refused in words, nothing is kept, and memory stays flat."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from app.base.clock import SystemClock
from app.base.sessions import PageSession, PageSessions
from sandbox.world import World
from tests.domain.test_sendable import HOSTILE, PNG
from tests.stories.stage import SECRET, Stage, variables
from tests.support.counter import MARINA
from tests.support.processes import peak_memory
from tests.support.server import Server
from tools.demo_check import SHOP_CHANNEL

GIGABYTE, PIECE = 1 << 30, b"\0" * (1 << 20)
ROOM = 48 << 20
"""What the process may grow by while gigabytes come: pieces of four files at once, and what Python keeps of them."""
# Name as sent, name as the client gets it.
PATHS = {
    "../../etc/passwd.png": "etc passwd.png", "..\\..\\windows\\system.png": "windows system.png",
    "/etc/shadow.png": "etc shadow.png", "C:\\boot.png": "C boot.png", "a\x00b.png": "ab.png",
    "\u202egnp.exe.png": "gnp.exe.png", "con.png": "_con.png", "a/../b.png": "a .. b.png",
    "x" * 400 + ".png": "x" * 146 + ".png", "a\r\nContent-Type: text/html.png": "aContent-Type text html.png",
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Door:
    """An operator's chat, and the door at which his files come in."""

    def __init__(self, stage: Stage, kept: Path) -> None:
        self.stage = stage
        self.kept = kept
        page = stage.connect("bitrix24")
        page.call("POST", "/sync")
        stage.wait("the employees", lambda: bool(page.call("GET", "/directory/employees")))
        page.call("PUT", f"/employees/{MARINA}", {"user_id": 1})
        stage.world.uis.visitor_starts_chat(SHOP_CHANNEL, text="Пришлите счёт")
        stage.wait("the chat", lambda: bool(page.call("GET", "/workplace/chats")["items"]))
        self.chat = page.call("GET", "/workplace/chats")["items"][0]["id"]
        session = PageSession(
            installation_id=1, generation=1, user_id=1, admin=True, page="app", placement="DEFAULT", lang="ru"
        )
        self.token = PageSessions([SECRET], SystemClock()).make(session)

    def send(self, name: str, content: bytes) -> tuple[int, Any]:
        """A file with its length said before; status and answer."""
        line, path = self._line(name)
        line.request("POST", path, content, self._headers())
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())

    def pour(self, name: str, *, told: bool) -> tuple[int | None, int]:
        """A gigabyte, its length told before or not; status (None: the door was shut in our face), bytes that left."""
        line, path = self._line(name)
        sizes = {"Content-Length": str(GIGABYTE)} if told else {"Transfer-Encoding": "chunked"}
        line.putrequest("POST", path)
        for header, value in (self._headers() | sizes).items():
            line.putheader(header, value)
        line.endheaders()
        left = 0
        try:
            while left < GIGABYTE:
                line.send(PIECE if told else b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
                left += len(PIECE)
        except OSError:
            pass  # it does not listen any more, and may have said why
        try:
            return line.getresponse().status, left
        except (OSError, http.client.HTTPException):
            return None, left

    def _line(self, name: str) -> tuple[http.client.HTTPConnection, str]:
        line = http.client.HTTPConnection(urlsplit(self.stage.server.url).netloc, timeout=60)
        return line, f"/api/workplace/chats/{self.chat}/files?name={quote(name, safe='')}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/octet-stream"}

    def of_uis(self) -> list[Any]:
        """Files that UIS was handed."""
        return list(self.stage.world.uis.resources.values())

    def left_behind(self) -> list[str]:
        """What lies where files wait, and where the application keeps its own."""
        own = {path.name for path in (self.kept.parent / "instance").rglob("*")}
        strange = {name for name in own if not name.startswith(("omni", "keys", "secret"))}
        return sorted(strange | {path.name for path in self.kept.iterdir()})


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("hostile")
    kept = folder / "waiting"
    kept.mkdir()
    with World() as world:
        server = Server(variables(world) | {"TMPDIR": str(kept)}, folder)
        server.env["PUBLIC_URL"] = world.card.url = server.url
        server.start()
        try:
            yield Door(Stage(world, server), kept)
        finally:
            server.kill()


def test_hostile_files_are_refused_in_words_and_uis_gets_none(door: Door) -> None:
    before, lies = len(door.of_uis()), door.left_behind()
    assert len(HOSTILE) >= 50
    for name, content in HOSTILE:
        status, told = door.send(name, content)
        assert status == 422, (name, told)
        assert told["errors"][0]["message"], name
    assert (len(door.of_uis()), door.left_behind()) == (before, lies)


def test_names_with_paths_come_to_the_client_without_them(door: Door) -> None:
    lies = door.left_behind()
    for sent, expected in PATHS.items():
        status, told = door.send(sent, PNG)
        assert (status, told["name"]) == (200, expected), (sent, told)
        assert door.of_uis()[-1].name == expected
    assert door.left_behind() == lies


@pytest.mark.parametrize("told", [True, False], ids=["length told", "without end"])
def test_a_gigabyte_is_refused_and_costs_no_memory_and_no_disk(door: Door, told: bool) -> None:
    door.send("first.png", PNG + b"\0" * (10 << 20))  # what the first file costs once is no growth
    before, known, lies = peak_memory(door.stage.server.pid), len(door.of_uis()), door.left_behind()
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda at: door.pour(f"{at}.png", told=told), range(4)))
    assert {status for status, _ in ends} <= {413, None}
    assert max(left for _, left in ends) < GIGABYTE / 4
    assert peak_memory(door.stage.server.pid) - before < ROOM
    assert (len(door.of_uis()), door.left_behind()) == (known, lies)
    assert door.send("after.png", PNG)[0] == 200
