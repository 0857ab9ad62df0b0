"""Who may what at the workplace: a table of every call and every kind of person, and of what strangers get to hear."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.base.tokens import sha256
from app.domain.mail import LetterState
from app.storage.models import Employee, Installation, OutboxRow
from app.storage.queries import work
from app.web.api.spec import document
from tests.support.databases import KINDS, Databases
from tests.support.desk import ANNA, IVAN, OLGA, OLGA_OF_UIS, WHATSAPP, Desk, desk

CLERK = 11
"""A user of the portal who is joined to nobody."""
NAME, PHONE, WORDS = "Елизавета Скрытная", "79161112233", "Никому не говорите о ёлке"
WHO = (
    "anonymous",
    "clerk",
    "other card",
    "card",
    "link",
    "stranger",
    "colleague",
    "administrator",
    "operator",
)
# What each of them is answered, in the order of WHO: the operator comes last, because he moves things.
KEPT, LETTER, MADE, READ = {"key": "rights-0001"}, 202, 204, 200
TO = {"to": {"kind": "phone", "value": f"+{PHONE}"}, "channel_id": WHATSAPP, "text": "Здравствуйте"}
_SEES = (401, 404, 404, READ, READ, 404, 404, READ, READ)
_SEEN = tuple(MADE if code == READ else code for code in _SEES)
_WRITES = (401, 403, 403, 403, 403, 404, 404, 403)
TABLE: Mapping[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/workplace"): (401, *[READ] * 8),
    ("GET", "/workplace/updates"): (401, *[READ] * 8),
    ("GET", "/workplace/colleagues"): (401, *[READ] * 8),
    ("GET", "/workplace/chats"): (401, 403, 403, 403, 403, READ, READ, READ, READ),
    ("GET", "/workplace/chats/{chat_id}"): _SEES,
    ("GET", "/workplace/chats/{chat_id}/visits"): _SEES,
    ("GET", "/workplace/replies"): _SEES,
    ("GET", "/workplace/file"): (401, 404, 404, 404, READ, 404, 404, 404, 404),
    ("POST", "/workplace/chats/{chat_id}/seen"): _SEEN,
    ("POST", "/workplace/chats/{chat_id}/answering"): (*_WRITES, MADE),
    ("GET", "/workplace/contacts"): (*_WRITES, READ),
    ("POST", "/workplace/preview"): (*_WRITES, 422),  # the channel has no templates
    ("POST", "/workplace/start"): (*_WRITES, LETTER),
    ("POST", "/workplace/chats/{chat_id}/messages"): (*_WRITES, LETTER),
    ("POST", "/workplace/chats/{chat_id}/files"): (*_WRITES, READ),
    ("POST", "/workplace/chats/{chat_id}/notes"): (*_WRITES, LETTER),
    ("POST", "/workplace/letters/{letter_id}/again"): (*_WRITES, LETTER),
    ("DELETE", "/workplace/letters/{letter_id}"): (*_WRITES, READ),
    ("POST", "/workplace/chats/{chat_id}/take"): (*_WRITES, 409),  # it is his
    ("POST", "/workplace/chats/{chat_id}/transfer"): (*_WRITES, LETTER),
    ("POST", "/workplace/chats/{chat_id}/close"): (*_WRITES, LETTER),
    ("PUT", "/workplace/replies"): (401, 403, 403, 403, 403, 403, 403, READ, 403),
}


class Scene:
    """A chat that Ivan has; operators see their own chats only."""

    def __init__(self, here: Desk) -> None:
        self.here = here
        self.chat, self.number = here.begun(WORDS, channel=WHATSAPP, name=NAME, phone=PHONE)
        here.here.uis.visitor_writes(self.chat.id, "Вот", file=("тайна.txt", b"secret"))
        here.settle()
        here.say(self.number, "Слушаю", user=IVAN)
        here.here.rest()
        here.here.save("workplace", visibility="own")
        self.lead = int(here.conversation(self.chat.id).ledger["entities"]["lead"])
        self.message = self.chat.messages[-2].id
        self.stranger = _another_portal(here)

    def token(self, who: str) -> str | None:
        """A session of this kind of person, as a frame would carry it."""
        link = {"chat_id": self.number, "message_id": self.message}
        other = self.here.here.portal.crm.add(1, {"title": "Чужой лид"}, 1).id
        made: Mapping[str, Any] = {
            "clerk": {"user": CLERK},
            "other card": {"user": CLERK, "card": ("lead", other)},
            "card": {"user": CLERK, "card": ("lead", self.lead)},
            "link": {"user": CLERK, **link},
            "stranger": {"user": IVAN, "installation_id": self.stranger},
            "colleague": {"user": OLGA},
            "administrator": {"user": ANNA},
            "operator": {"user": IVAN},
        }
        return self.here.token(**made[who]) if who in made else None

    def letter(self) -> int:
        """One that was refused, and so is to be decided by a person."""
        said = self.here.say(self.number, "Не ушло", user=IVAN)
        with self.here.here.services.sessions.begin() as session:
            session.get_one(OutboxRow, said["id"]).state = LetterState.FAILED
        return int(said["id"])

    def call(self, method: str, path: str, who: str, letter: int) -> Any:
        """The call with everything right in it but the person."""
        token = self.token(who)
        query, body = _sent(path, self.number, self.chat.messages[0].id)
        address = path.replace("{chat_id}", str(self.number)).replace("{letter_id}", str(letter))
        content: dict[str, Any] = {"json": body} if body is not None else {}
        if path.endswith("/files"):
            content = {"data": b"%PDF-1.7 ...", "content_type": "application/octet-stream"}
        return self.here.here.flask.test_client().open(
            f"/api{address}", method=method, query_string=query, **content,
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )  # fmt: skip


def _sent(path: str, chat: int, message: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Query and body of a call."""
    bodies: dict[str, dict[str, Any]] = {
        "seen": {"message_id": message}, "messages": KEPT | {"text": "Да"},
        "notes": {"key": "rights-0002", "text": "Важно"},
        "transfer": {"key": "rights-0003", "employee_id": OLGA_OF_UIS}, "take": {"key": "rights-0004"},
        "close": {"key": "rights-0005"}, "start": {"key": "rights-0006", "chat": chat} | TO,
        "preview": {"chat": chat, "channel_id": WHATSAPP, "template": {"id": 1, "values": {}}},
    }  # fmt: skip
    last = path.rpartition("/")[2]
    queries: dict[str, dict[str, Any]] = {
        "contacts": {"chat": chat},
        "replies": {"chat": chat},
        "files": {"name": "счёт.pdf"},
    }
    return queries.get(last, {}), {"items": []} if last == "replies" else bodies.get(last)


def _another_portal(here: Desk) -> int:
    """An installation of somebody else, where user 7 is an operator too."""
    services = here.here.services
    with services.sessions.begin() as session:
        row = Installation(
            member_id="another", portal_url="https://another.example", state="active", lang="ru",
            client_endpoint="https://another.example/rest/", oauth_url="https://another.example",
            event_key="sealed", event_key_hash=sha256("another"), created_at=services.clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        work.ensure(session, row.id)
        session.add(
            Employee(
                installation_id=row.id,
                uis_id=1,
                full_name="Чужой",
                user_id=IVAN,
                joined_by="hand",
                active=True,
            )
        )
        return row.id


@pytest.fixture(params=KINDS, scope="module")
def scene(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("rights")
    with databases.database(request.param, folder, migrated=True) as url, desk(url, folder) as here:
        yield Scene(here)


def described(scene: Scene) -> set[tuple[str, str]]:
    with scene.here.here.flask.app_context():
        paths = document()["paths"]
    return {(method.upper(), path.removeprefix("/api")) for path, every in paths.items() for method in every}


def test_the_table_has_every_call_of_the_workplace(scene: Scene) -> None:
    own = {call for call in described(scene) if call[1].startswith("/workplace")}
    assert TABLE.keys() == own


@pytest.mark.parametrize(("method", "path"), TABLE)
def test_everybody_may_what_he_should(scene: Scene, method: str, path: str) -> None:
    letter = scene.letter()
    for who, expected in zip(WHO, TABLE[method, path], strict=True):
        answer = scene.call(method, path, who, letter)
        assert answer.status_code == expected, (who, answer.get_json(silent=True))


def test_who_may_not_see_a_chat_hears_nothing_of_it(scene: Scene) -> None:
    letter = scene.letter()
    for method, path in TABLE:
        for who in ("clerk", "other card", "stranger", "colleague"):
            told = scene.call(method, path, who, letter).get_data(as_text=True)
            assert not _secrets(told), (who, method, path)


def test_another_portal_reads_nothing_of_this_one(scene: Scene) -> None:
    token = scene.here.token(ANNA, installation_id=scene.stranger, page="app")
    client = scene.here.here.flask.test_client()
    for method, path in sorted(described(scene)):
        if method != "GET" or path == "/openapi.json":
            continue
        address = re.sub(r"\{[a-z_]+\}", str(scene.number), path)
        answer = client.get(f"/api{address}", headers={"Authorization": f"Bearer {token}"})
        assert not _secrets(answer.get_data(as_text=True)), path


def test_the_chat_itself_tells_what_the_others_must_not_hear(scene: Scene) -> None:
    told = scene.call("GET", "/workplace/chats/{chat_id}", "operator", 1).get_data(as_text=True)
    assert len(_secrets(told)) == 4


def _secrets(told: str) -> list[str]:
    """Which of the words that belong to this chat are in an answer."""
    try:
        plain = json.dumps(json.loads(told), ensure_ascii=False)
    except ValueError:
        plain = told
    return [word for word in (NAME, PHONE, WORDS, "тайна.txt") if word in plain]
