"""`make demo-check`: the story of the demo without hands; prints what was created.

Everything goes the ways that a person's browser goes: the portal's frames, the application's API with the session of
the page, the visitor's chat in the shop. Exit code 1, in words, when something is missing after 60 s.
"""

import html as html_module
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from tools.story import ROOT, Story, StoryError, running

PATIENCE_S = 60.0
SHOP_CHANNEL = 740806
SESSION = re.compile(r'<meta name="session" content="([^"]+)">')
TAG = re.compile(r"<[^>]*>")
LOGIN = {"project": "uis2", "login": "admin@example.com", "password": "sandbox"}
DATA_API_KEY = "sandbox-data-key"


WORDS = {
    "leads": "lead", "deals": "deal", "contacts": "contact", "activities": "activity",
    "comments": "transcript", "notifications": "notification",
}  # fmt: skip


class Missing(Exception):
    """Something that the story promises did not happen; the message says what."""


@dataclass(slots=True)
class Page:
    """A page of the application in the portal's frame: its session and the API behind it."""

    app: str
    session: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the API. Raises Missing with the words of the refusal."""
        headers = {"Authorization": f"Bearer {self.session}", "Accept-Language": "en"}
        answer = requests.request(method, f"{self.app}/api{path}", json=body, headers=headers, timeout=60)
        told = answer.json()
        if not answer.ok:
            raise Missing(
                f"{method} /api{path}: {answer.status_code} {told.get('title')} {told.get('errors')}"
            )
        return told


class Check:
    """Plays the story against a running demo."""

    def __init__(self, story: Story, say: Callable[[str], None] = print) -> None:
        self.story = story
        self.app = story.addresses["app"]
        self.hub = story.addresses["hub"]
        self.say = say
        self.seen: dict[str, set[int]] = {}

    def play(self) -> None:
        """All of it. Raises Missing."""
        self.install()
        page = self.open("/bitrix/app")
        self.connect(page)
        self.switch_on(page, entity="lead")
        always = ("activities", "comments", "notifications")
        self.tell(page, self.chat("Покупатель Первый", "79161234501"), ("leads", *always))
        self.switch_on(page, entity="deal")
        self.tell(page, self.chat("Покупатель Второй", "79161234502"), ("deals", "contacts", *always))

    def install(self) -> None:
        """The installer's frame; the server installs, the page waits and finishes."""
        self.portal("begin_installation")
        page = self.open("/bitrix/install")
        self.wait("the installation", lambda: self._installed(page))
        self.portal("finish_install")
        state = self.state()
        self.say(
            f"Installed: {len(state['handlers'])} event handlers, {len(state['placements'])} tabs, "
            f"connector {', '.join(state['connectors']) or 'missing'}"
        )

    def _installed(self, page: Page) -> bool:
        told = page.call("GET", "/installation")
        if told["state"] == "failed":
            raise Missing("; ".join(f"{s['title']}: {s['text']}" for s in told["steps"] if s["text"]))
        return bool(told["state"] == "done")

    def connect(self, page: Page, answering: str = "uis") -> None:
        """Sign in to UIS, join the channels; operators stay where they are, or answer in Bitrix24."""
        ticket = page.call("POST", "/uis/login", LOGIN)
        channels = [channel["id"] for channel in ticket["channels"]]
        wish = {
            "ticket": ticket["ticket"],
            "channels": channels,
            "answering": answering,
            "data_api_key": DATA_API_KEY,
        }
        told = page.call("POST", "/uis/connection", wish)
        if told["state"] != "connected":
            raise Missing(f"UIS is not connected: {told['problem']}")
        self.say(f"UIS connected: account {told['account']}, {len(told['channels'])} channels")

    def switch_on(self, page: Page, entity: str) -> None:
        """Main and Chats."""
        self._save(page, "main", {"enabled": True})
        place = {"category_id": 0 if entity == "deal" else None, "stage_id": "NEW"}
        changes = {"enabled": True, "notify": True, "pipeline": {"default": place, "rules": []}}
        document = page.call("GET", "/settings/chats")["settings"] | changes
        document["create"] |= {"entity": entity, "moment": "start"}
        document["responsible"] |= {"default_user_id": 7}
        self._save(page, "chats", document)
        self.say(f"Chats are on: a {entity} with an activity for every first chat")

    def _save(self, page: Page, section: str, document: dict[str, Any]) -> None:
        revision = page.call("GET", f"/settings/{section}")["revision"]
        page.call("PUT", f"/settings/{section}", {"revision": revision, "settings": document})

    def chat(self, name: str, phone: str) -> int:
        """A visitor writes in the shop, an operator answers, the chat is closed; its number."""
        visitor = {
            "channel_id": SHOP_CHANNEL,
            "name": name,
            "phone": phone,
            "text": "Здравствуйте! Есть в наличии?",
        }
        chat_id = int(self.uis("visitor_starts_chat", **visitor)["chat_id"])
        self.uis("operator_writes", chat_id=chat_id, text="Да, есть. Оформим заказ?")
        self.uis("visitor_writes", chat_id=chat_id, text="Да, спасибо!")
        self.uis("close_chat", chat_id=chat_id, reason="closed_by_operator")
        self.say(f"A visitor wrote: chat {chat_id}")
        return chat_id

    def tell(self, page: Page, chat_id: int, wanted: tuple[str, ...]) -> None:
        """Waits until everything is there, and prints what the portal has now that it had not before."""
        self.wait(f"chat {chat_id} in the journal as done", lambda: self._done(page, chat_id))
        before, now = self.seen, self.state()
        self.seen = {name: {row["id"] for row in rows} for name, rows in things(now).items()}
        fresh = {
            name: [row for row in rows if row["id"] not in before.get(name, set())]
            for name, rows in things(now).items()
        }
        for name, rows in fresh.items():
            for row in rows:
                self.say(f"  {WORDS[name]} {row['id']}: {shown(row)}")
        missing = [WORDS[name] for name in wanted if not fresh[name]]
        if missing:
            raise Missing(f"chat {chat_id} is done, but the portal has no new {', '.join(missing)}")

    def _done(self, page: Page, chat_id: int) -> bool:
        entry = self._entry(page, chat_id)
        if entry.get("state") in ("failed", "in_doubt", "filtered"):
            told = page.call("GET", f"/journal/{entry['id']}")
            reasons = " / ".join(line["text"] for line in told["explanation"])
            raise Missing(f"chat {chat_id} is {entry['state']}: {entry['problem'] or reasons}")
        if entry.get("state") != "done":
            return False
        calls = page.call("GET", f"/journal/{entry['id']}")["calls"]
        return any(call["name"].startswith("transcript") and call["state"] == "done" for call in calls)

    def _entry(self, page: Page, chat_id: int) -> dict[str, Any]:
        items = page.call("GET", "/journal")["items"]
        return next((item for item in items if item["conversation"] == f"chat-{chat_id}"), {})

    def wait(self, what: str, condition: Callable[[], bool]) -> None:
        """Raises Missing after a minute."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.story.check()
            if time.monotonic() > deadline:
                raise Missing(f"{what}: not within {PATIENCE_S:g} s")
            time.sleep(0.2)

    def open(self, path: str) -> Page:
        """Open a page as the portal does: the form posted, the session read from the page."""
        frame = self.portal("frame", path=path)
        answer = requests.post(frame["url"], data=frame["fields"], timeout=60)
        found = SESSION.search(answer.text)
        if not answer.ok or found is None:
            raise Missing(f"{path}: {answer.status_code}, no page with a session: {words(answer.text)}")
        return Page(self.app, found[1])

    def portal(self, action: str, **arguments: Any) -> Any:
        """An action of a person in the portal."""
        return self.control(f"portals/1/{action}", arguments)["result"]

    def uis(self, action: str, **arguments: Any) -> Any:
        """An action of a visitor or an operator."""
        return self.control(f"uis/{action}", arguments)

    def state(self) -> Any:
        """Everything in the portal."""
        return requests.get(f"{self.hub}/_control/portals/1", timeout=60).json()

    def control(self, path: str, arguments: dict[str, Any]) -> Any:
        """A request to the sandbox's control API. Raises Missing when it refuses."""
        answer = requests.post(f"{self.hub}/_control/{path}", json=arguments, timeout=60)
        if not answer.ok:
            raise Missing(f"the sandbox refuses {path}: {answer.text}")
        return answer.json()


def things(state: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Everything in a portal that a chat may have made, by kind."""
    timeline = {name: state[name] for name in ("activities", "comments", "notifications")}
    entities: dict[str, list[dict[str, Any]]] = state["entities"]
    return {name: entities[name] for name in ("leads", "deals", "contacts")} | timeline


def words(html: str) -> str:
    """What a page says, in one line."""
    body = html.partition("<body")[2].partition(">")[2] or html
    return " ".join(html_module.unescape(TAG.sub(" ", body)).split())


def shown(row: dict[str, Any]) -> str:
    """One thing in a line: its title, name or text."""
    said = row.get("title") or row.get("name") or row.get("text") or row.get("message")
    if said is None:  # an activity: its layout begins with a title
        said = row["layout"].get("header", {}).get("title", "")
    return " | ".join(str(said).splitlines())


def main() -> int:
    """0 when everything was created, else 1 with what is missing and where to look."""
    directory = ROOT / "instance" / "demo-check"
    try:
        with running(directory) as story:
            Check(story).play()
    except (Missing, StoryError) as error:
        print(f"Missing: {error}\nLogs: {directory}/*.log", file=sys.stderr)
        return 1
    print("Everything is there.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
