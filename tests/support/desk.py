"""The operator workplace with both vendors behind it: people of the portal call its API, clients write in UIS."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.base.sessions import PageSession, PageSessions
from app.storage.models import Conversation
from app.uis.joining.connect import connect
from app.uis.joining.tickets import sign_in
from app.uis.sync import synchronize as read_uis
from app.web import synchronize
from sandbox.uis.entities import Chat
from tests.support.counter import MARINA, SITE_CHAT, TELEGRAM, WHATSAPP, Counter, counter
from tests.uis.stage import KEY, LOGIN, PASSWORD

ANNA, IVAN, OLGA = 1, 7, 9
"""Users of the portal. Anna administers it; Ivan and Olga answer clients."""
OLGA_OF_UIS = 367853
HELLO = "Здравствуйте, {{1}}! Ваш заказ {{2}} готов."
PHONE = "79160000001"


class Desk:
    """`here`: the application and both vendors; `waba`: a channel with one template."""

    def __init__(self, here: Counter, waba: int, template: int) -> None:
        self.here = here
        self.waba = waba
        self.template = template
        self._keys = 0

    # --- people of the portal

    def token(self, user: int = IVAN, *, card: tuple[str, int] | None = None, **more: Any) -> str:
        """A session as the frame of a user carries it."""
        config = self.here.services.config
        kind, number = card or (None, None)
        values: dict[str, Any] = {
            "installation_id": self.here.installation_id, "generation": 1, "user_id": user, "admin": user == ANNA,
            "page": "workplace", "placement": "DEFAULT", "lang": "ru", "entity_type": kind, "entity_id": number,
            "verdict": "open" if card else None,
        }  # fmt: skip
        return PageSessions(config.secret_keys, self.here.services.clock).make(PageSession(**values | more))

    def call(
        self, method: str, path: str, json: Any = None, *, status: int | None = None, token: str | None = None,
        **who: Any,
    ) -> Any:  # fmt: skip
        """One call of the workplace's API; its answer. `who`: see `token`."""
        headers = {"Authorization": f"Bearer {token or self.token(**who)}"}
        answer = self.here.flask.test_client().open(
            f"/api/workplace{path}", method=method, json=json, headers=headers
        )
        expected = {status} if status else {200, 202, 204}
        assert answer.status_code in expected, (path, answer.status_code, answer.get_json(silent=True))
        return answer.get_json(silent=True)

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.call("POST", path, json, **more)

    def key(self) -> str:
        """A key as a page makes it, never the same."""
        self._keys += 1
        return f"key-{self._keys:08d}"

    def say(
        self, chat: int, text: str = "", *, user: int = IVAN, status: int | None = None, **more: Any
    ) -> Any:
        """An operator says something in a conversation."""
        body = {"key": self.key(), "text": text} | more
        return self.post(f"/chats/{chat}/messages", body, user=user, status=status)

    def order(self, chat: int, what: str, *, user: int = IVAN, status: int | None = None, **more: Any) -> Any:
        return self.post(f"/chats/{chat}/{what}", {"key": self.key(), **more}, user=user, status=status)

    def attach(
        self, chat: int, name: str, content: Any, *, user: int = IVAN, status: int | None = None, **more: Any
    ) -> Any:
        """A file on its way in."""
        answer = self.here.flask.test_client().post(
            f"/api/workplace/chats/{chat}/files", query_string={"name": name}, data=content,
            headers={"Authorization": f"Bearer {self.token(user)}"}, content_type="application/octet-stream", **more,
        )  # fmt: skip
        expected = status or 200
        assert answer.status_code == expected, (name, answer.status_code, answer.get_json(silent=True))
        return answer.get_json(silent=True)

    def chat(self, number: int, **more: Any) -> Any:
        """A conversation as its page shows it."""
        return self.get(f"/chats/{number}", **more)

    def box(self, box: str = "all", **more: Any) -> list[int]:
        """Conversations of a list, as it shows them."""
        query = "".join(f"&{name}={more.pop(name)}" for name in ("q", "limit") if name in more)
        return [row["id"] for row in self.get(f"/chats?box={box}{query}", **more)["items"]]

    # --- clients

    def begun(self, text: str = "Здравствуйте", *, channel: int = SITE_CHAT, **more: Any) -> tuple[Chat, int]:
        """A client begins a chat: the chat of UIS, and the number of our conversation."""
        chat = self.here.uis.visitor_starts_chat(channel, text=text, **more)
        self.here.rest()
        return chat, self.conversation(chat.id).id

    def conversation(self, chat_id: int) -> Conversation:
        """Our conversation of a chat of UIS."""
        with self.here.services.sessions() as session:
            return session.query(Conversation).filter_by(kind="chat", source_id=chat_id).one()

    def heard(self, chat: Chat) -> list[str]:
        """What operators said to the client."""
        return self.here.heard(chat.id)

    def synchronize(self) -> None:
        """Both sides are read, and the portal hears what is new of our side."""
        portals = self.here.flask.extensions["omni.portals"]
        synchronize.run(self.here.services, portals.client(self.here.installation_id))

    def settle(self) -> None:
        """What is decided about conversations is carried out."""
        self.here.rest(120)


@contextmanager
def desk(
    url: str, folder: Path, *, channels: Sequence[int] = (WHATSAPP, SITE_CHAT, TELEGRAM)
) -> Iterator[Desk]:
    """The workplace of a portal whose users 7 and 9 are joined to employees of UIS; no open line."""
    with counter(url, folder, channels=channels, activate=False) as here:
        template = {"name": "Заказ готов", "content": {"text": HELLO}}
        waba = here.uis.add_channel("waba", templates=[template])
        ticket = sign_in(here.services, here.installation_id, "uis2", LOGIN, PASSWORD).ticket
        connect(
            here.services, here.installation_id, ticket=ticket, channels=[*channels, waba.id],
            answering="bitrix24", data_api_key=KEY,
        )  # fmt: skip
        here.work()
        read_uis(here.services, here.installation_id)
        here.pair(MARINA, IVAN)
        here.pair(OLGA_OF_UIS, OLGA)
        here.save("chats", enabled=True, responsible={"default_user_id": IVAN})
        yield Desk(here, waba.id, waba.message_templates[0]["id"])


__all__ = [
    "ANNA", "HELLO", "IVAN", "MARINA", "OLGA", "OLGA_OF_UIS", "PHONE", "SITE_CHAT", "TELEGRAM", "WHATSAPP",
    "Desk", "desk",
]  # fmt: skip
