"""The operator workplace in the browser: a portal whose operators answer in Bitrix24, and hands for its page."""

import io
import re
import struct
import wave
import zlib
from typing import Any

from playwright.sync_api import Locator, expect

from sandbox.core.clock import Clock
from sandbox.uis.entities import Channel, Chat
from sandbox.uis.offline import Uis
from tests.stories.conftest import Come
from tests.stories.person import Person
from tests.stories.stage import Stage
from tools.demo_check import Page

ANNA, IVAN, OLGA = 1, 7, 9
PETROV, KIM = 367852, 367853
HELLO = "Здравствуйте, {{1}}! Ваш заказ {{2}} готов к выдаче."
SITE_CHAT, WHATSAPP = 740806, 740805


def _png(width: int, height: int) -> bytes:
    """A green picture."""
    rows = b"".join(b"\0" + b"\x12\x80\x5c" * width for _ in range(height))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def silence() -> bytes:
    """A second of a voice message in which nobody says anything."""
    content = io.BytesIO()
    with wave.open(content, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(1)
        audio.setframerate(8_000)
        audio.writeframes(b"\x80" * 8_000)
    return content.getvalue()


PNG = _png(40, 30)


class Ago(Clock):
    """So many seconds ago."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def now(self) -> float:
        return super().now() - self._seconds


class Workplace:
    """A stage where Ivan and Olga are operators. `waba`: a channel with one template."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.waba: Channel = self.uis.add_channel(
            "waba", templates=[{"name": "Заказ готов", "content": {"text": HELLO}}]
        )
        self.api: Page = stage.connect("bitrix24")
        stage.save(self.api, "main", enabled=True)
        stage.save(self.api, "chats", enabled=True, responsible={"default_user_id": IVAN})
        self.api.call("POST", "/sync")
        stage.wait("the employees", lambda: self.api.call("GET", "/sync")["state"] == "done")
        for employee, user in ((PETROV, IVAN), (KIM, OLGA)):
            self.api.call("PUT", f"/employees/{employee}", {"user_id": user})

    @property
    def uis(self) -> Uis:
        return self.stage.world.uis

    def begun(self, text: str = "Здравствуйте! Есть ёлки?", **more: Any) -> Chat:
        """A client begins a chat of the site."""
        known = {"name": "Мария Покупатель", "phone": "79161234567"} | more
        return self.uis.visitor_starts_chat(known.pop("channel", SITE_CHAT), text=text, **known)

    def lead(self) -> str:
        """A lead that somebody has typed in; its address in the portal."""
        phone = [{"typeId": "PHONE", "valueType": "WORK", "value": "+7 916 222-33-44"}]
        fields = {"title": "Заказ ёлок", "name": "Пётр", "lastName": "Лесной", "fm": phone}
        with self.stage.portal.lock:
            return f"/crm/lead/details/{self.stage.portal.crm.add(1, fields, ANNA).id}/"

    def comments(self) -> list[str]:
        """Texts of all comments in timelines."""
        with self.stage.portal.lock:
            return [str(comment.text) for comment in self.stage.portal.crm.timeline.comments.values()]

    def heard(self, chat: Chat) -> list[str]:
        """What operators said to the client, as UIS has it."""
        return [message.text for message in chat.messages if message.source == "operator"]

    def wait_heard(self, chat: Chat, *texts: str) -> None:
        """Until the client has heard exactly these."""
        self.stage.wait(f"{texts} at the client", lambda: self.heard(chat) == list(texts))


class Operator:
    """A person at the workplace page."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.frame = person.frame
        self.words = person.words

    def open(self, path: str = "/marketplace/app/") -> "Operator":
        """The application's own page; employees see the workplace first, administrators open its tab."""
        self.person.go(path)
        tab = self.frame.get_by_role("tab", name=self.words("tabs.desk"), exact=True)
        tab.click()
        expect(self.frame.get_by_test_id("chats")).to_be_attached()
        return self

    def card(self, path: str) -> "Operator":
        """The tab of a card of the CRM."""
        self.person.go(path)
        self.person.page.locator("#tab-app-1").click()
        expect(self.frame.get_by_test_id("chats")).to_be_attached()
        return self

    def box(self, name: str) -> None:
        """Another list."""
        title = re.compile(f"^{re.escape(self.words(f'workplace.boxes.{name}'))}")
        self.frame.get_by_role("tab", name=title).last.click()

    def row(self, client: str) -> Locator:
        """A conversation in the list."""
        return self.frame.get_by_test_id("chats").locator("li").filter(has_text=client)

    def choose(self, client: str) -> None:
        """Open a conversation of the list."""
        self.row(client).get_by_role("button").click()
        expect(self.frame.get_by_test_id("client")).to_have_text(client)

    @property
    def talk(self) -> Locator:
        return self.frame.get_by_role("log")

    @property
    def answer(self) -> Locator:
        return self.frame.get_by_test_id("answer")

    def say(self, text: str) -> None:
        """Type and press Enter."""
        self.answer.fill(text)
        self.answer.press("Enter")

    def act(self, key: str) -> None:
        """One of the actions of the chat."""
        self.frame.get_by_role("button", name=self.words("workplace.actions")).click()
        self.frame.get_by_role("menuitem", name=self.words(key)).click()

    def dialog(self) -> Locator:
        return self.frame.get_by_role("dialog")

    def confirm(self, key: str) -> None:
        """Press a button of the dialog."""
        self.dialog().get_by_role("button", name=self.words(key), exact=True).click()


def at_work(come: Come, stage: Stage, lang: str = "ru", user_id: int = IVAN) -> tuple[Workplace, Operator]:
    """A workplace, and an operator at its page."""
    place = Workplace(stage)
    return place, Operator(come(lang, user_id))
