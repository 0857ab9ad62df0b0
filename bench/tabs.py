"""Open tabs of the workplace: how soon a message is visible in them, and what an idle tab costs.

A tab asks for news every second and reads what changed, as the page does; most tabs stand in cards of the CRM, the
others show the list of all chats.
"""

import http.client
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.base.clock import SystemClock
from app.base.sessions import PageSession, PageSessions
from app.storage.schema import upgrade
from sandbox.world import World
from tests.stories.stage import SECRET, Stage, variables
from tests.support import queries
from tests.support.counter import counter
from tests.support.processes import cpu_seconds
from tests.support.server import Server
from tools.demo_check import SHOP_CHANNEL, Page

CLIENTS, CARDS, LISTS, DRIVERS = 60, 180, 20, 8
EVERY_S, IDLE_S, MESSAGES = 1.0, 20.0, 60
ROUND_TRIP_MS, COMMAND_MS = 150.0, 20.0


@dataclass(slots=True)
class Tab:
    """One open page: in the card of a chat's lead, or the list of everything."""

    address: str
    token: str
    chat: int | None
    since: int | None = None
    asked: int = 0
    seen: dict[str, float] = field(default_factory=dict)
    line: http.client.HTTPConnection | None = None

    def turn(self) -> None:
        """Ask for news, and read what changed."""
        told = self.get(f"/updates?since={self.since}" if self.since is not None else "/updates")
        self.since = told["version"]
        if self.chat is None and told["changed"]:
            ids = "&".join(f"ids={number}" for number in told["changed"])
            self._look(row["last"]["text"] for row in self.get(f"/chats?{ids}")["items"] if row["last"])
        elif self.chat in told["changed"]:
            self._look(row["text"] for row in self.get(f"/chats/{self.chat}")["messages"])

    def _look(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.seen.setdefault(text, time.perf_counter())

    def get(self, path: str) -> Any:
        """One call of the workplace's API."""
        if self.line is None:
            self.line = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        self.asked += 1
        self.line.request("GET", f"/api/workplace{path}", headers={"Authorization": f"Bearer {self.token}"})
        answer = self.line.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body)
        return json.loads(body)


class Drivers:
    """Threads that give every tab its turn each second."""

    def __init__(self, tabs: Sequence[Tab]) -> None:
        self._stopped = threading.Event()
        shares = [tabs[number::DRIVERS] for number in range(DRIVERS)]
        self._threads = [threading.Thread(target=self._drive, args=(share,), daemon=True) for share in shares]

    def __enter__(self) -> "Drivers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)

    def _drive(self, tabs: Sequence[Tab]) -> None:
        due = [time.monotonic() + EVERY_S * at / len(tabs) for at in range(len(tabs))]
        while not self._stopped.is_set():
            at = due.index(min(due))
            if self._stopped.wait(max(0.0, due[at] - time.monotonic())):
                return
            tabs[at].turn()
            due[at] = max(due[at] + EVERY_S, time.monotonic() + EVERY_S / 2)


def run(clients: int = CLIENTS, cards: int = CARDS, lists: int = LISTS) -> dict[str, Any]:
    """Figures of a server process of its own, and the queries of an idle tab."""
    with tempfile.TemporaryDirectory() as name, World() as world:
        server = Server(
            variables(world) | {"BITRIX24_RATE": "5", "BITRIX24_BURST": "250", "POLL_S": "120"}, Path(name)
        )
        server.env["PUBLIC_URL"] = world.card.url = server.url
        server.start()
        try:
            stage = Stage(world, server)
            page = stage.connect("bitrix24")
            chats = _begun(stage, page, clients)
            tabs = _opened(stage, page, len(chats), cards, lists)
            found = _idle(server, tabs) | _messages(stage, tabs, chats)
        finally:
            server.kill()
    return found | _queries()


def _begun(stage: Stage, page: Page, count: int) -> list[int]:
    """Chats of UIS, each with a lead."""
    stage.portal.bucket.rate, stage.portal.bucket.burst = 5.0, 250.0
    stage.save(page, "main", enabled=True)
    stage.save(page, "chats", enabled=True, responsible={"rules": [], "default_user_id": 7})
    before = len(stage.portal.crm.items[1])
    uis = stage.world.uis
    chats = [
        uis.visitor_starts_chat(SHOP_CHANNEL, phone=f"7916{at:07}", text="first").id for at in range(count)
    ]
    _until(lambda: len(stage.portal.crm.items[1]) >= before + count)
    return chats


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < ends, "the chats never became leads"
        time.sleep(0.5)


def _opened(stage: Stage, page: Page, clients: int, cards: int, lists: int) -> list[Tab]:
    """Tabs in the cards of the leads, several in each; the others show everything."""
    _until(lambda: len(_leads_of(page, clients)) == clients)
    leads = _leads_of(page, clients)
    stage.portal.round_trip_ms, stage.portal.command_ms = ROUND_TRIP_MS, COMMAND_MS
    tabs = [_tab(stage, ("lead", lead), chat) for lead, chat in islice(cycle(leads), cards)]
    tabs += [_tab(stage, None, None) for _ in range(lists)]
    for tab in tabs:
        tab.get("/chats?box=card" if tab.chat else "/chats")
        tab.turn()
    return tabs


def _leads_of(page: Page, count: int) -> list[tuple[int, int]]:
    """Lead and conversation of each entry of the journal."""
    found: list[tuple[int, int]] = []
    after = ""
    while len(found) < count:
        told = page.call("GET", f"/journal?limit=100{after}")
        found += [
            (entity["id"], row["id"])
            for row in told["items"]
            for entity in row["entities"]
            if entity["type"] == "lead"
        ]
        if not told["next"]:
            break
        after = f"&next={told['next']}"
    return found


def _tab(stage: Stage, card: tuple[str, int] | None, chat: int | None) -> Tab:
    kind, number = card or (None, None)
    session = PageSession(
        installation_id=1, generation=1, user_id=1, admin=True, page="workplace" if card else "app",
        placement="DEFAULT", lang="ru", entity_type=kind, entity_id=number, verdict="open" if card else None,
    )  # fmt: skip
    return Tab(stage.server.url, PageSessions([SECRET], SystemClock()).make(session), chat)


def _idle(server: Server, tabs: Sequence[Tab]) -> dict[str, Any]:
    """Nothing happens: the server's CPU with all tabs, less its CPU without them."""
    at_rest, alone = time.monotonic(), cpu_seconds(server.pid)
    time.sleep(IDLE_S / 2)
    share = (cpu_seconds(server.pid) - alone) / (time.monotonic() - at_rest)
    asked, before = sum(tab.asked for tab in tabs), cpu_seconds(server.pid)
    started = time.monotonic()
    with Drivers(tabs):
        time.sleep(IDLE_S)
    seconds = time.monotonic() - started
    cpu = cpu_seconds(server.pid) - before - share * seconds
    cards = sum(tab.chat is not None for tab in tabs)
    polls = sum(tab.asked for tab in tabs) - asked
    return {
        "open tabs (in cards, lists of everything)": f"{len(tabs)} ({cards}, {len(tabs) - cards})",
        "an idle tab: requests per second": round(polls / len(tabs) / seconds, 2),
        "an idle tab: CPU of the server, ms per second": round(cpu * 1_000 / len(tabs) / seconds, 2),
        "all of them: part of one core": f"{cpu / seconds:.0%}",
    }


def _messages(stage: Stage, tabs: Sequence[Tab], chats: Sequence[int]) -> dict[str, Any]:
    """One message a second into chats by chance: when the tabs that should show it do."""
    chance, sent = random.Random(20_260_504), []
    lists = sum(tab.chat is None for tab in tabs)
    each = (len(tabs) - lists) // len(chats)
    with Drivers(tabs):
        time.sleep(2)
        for number in range(MESSAGES):
            chat = chance.choice(chats)
            sent.append((f"message {number}", time.perf_counter()))
            stage.world.uis.visitor_writes(chat, sent[-1][0])
            time.sleep(1)
        time.sleep(5)
    waits, lost = [], 0
    for text, at in sent:
        shown = [tab.seen[text] - at for tab in tabs if text in tab.seen]
        lost += lists + each - len(shown)
        waits += shown
    waits.sort()
    return {
        "one message a second: visible after, s, median": round(statistics.median(waits), 2),
        "95th percentile (bar: 2)": round(waits[int(len(waits) * 0.95)], 2),
        "the slowest": round(waits[-1], 2),
        "tabs that never showed a message": lost,
    }


def _queries(tabs: int = 200, rounds: int = 5) -> dict[str, Any]:
    """Queries of idle tabs, inside of this process: of the requests, and of the thread that asks for all."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'bench.sqlite3'}"
        upgrade(url)
        with counter(url, Path(name), activate=False) as house:
            for _ in range(tabs):
                house.call("GET", "/workplace/updates?since=0")
            with queries.counted(house.services.engine) as count:
                started = time.monotonic()
                for _ in range(tabs * rounds):
                    house.call("GET", "/workplace/updates?since=0")
                time.sleep(2)
                seconds = time.monotonic() - started
    by_news = sum(number for thread, number in count.items() if thread == "news")
    return {
        f"queries of {tabs * rounds:,} requests of idle tabs": sum(count.values()) - by_news,
        "queries per second of the process while anybody looks": round(by_news / seconds, 1),
    }


if __name__ == "__main__":
    for title, value in run().items():
        print(f"{title:70} {value}")
