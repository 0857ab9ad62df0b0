"""Links to files of messages: who may open them, what a browser gets, what strangers may try."""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from app.base.file_links import FileLinks, FilePlace
from app.storage.models import (
    Conversation,
    Installation,
    InstallationState,
    Message,
    UisChannel,
    UisConnection,
)
from app.uis import files as fetching
from app.web import files
from sandbox.core.server import Server
from tests.web.house import NOWHERE, START, House
from tests.web.world import Living

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
SITE_CHAT, ADAPTER_CHANNEL = 740806, 3580
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def hang(home: House, resource: dict[str, Any] | None, **connection: Any) -> FilePlace:
    """A message with this file, in a conversation of a portal that is connected."""
    portal = home.install()
    with home.services.sessions.begin() as session:
        made = {
            "key": "sealed", "key_hash": "hash", "webhook_token": "sealed", "project": "uis2", "login": "admin",
            "state": "connected", "created_at": START,
        }  # fmt: skip
        row = UisConnection(installation_id=portal, **(made | connection))
        session.add(row)
        session.flush()
        # Callbacks are sealed for their owner; a file with an address needs no secret of the connection.
        row.key = home.services.vault.seal("portal-one:uis_connection.key", "key")
        row.webhook_token = home.services.vault.seal("portal-one:uis_connection.webhook_token", "token")
        session.add(
            UisChannel(
                connection_id=row.id, chat_channel_id=SITE_CHAT, adapter_channel_id=ADAPTER_CHANNEL, joined=True,
                type="comagic", name="Чат",
            )
        )  # fmt: skip
        chat = Conversation(
            installation_id=portal, kind="chat", source_id=1, account="1", channel_id=SITE_CHAT,
            created_at=START, updated_at=START,
        )  # fmt: skip
        session.add(chat)
        session.flush()
        session.add(Message(conversation_id=chat.id, message_id=11, sent_at=START, resource=resource))
        return FilePlace(portal, chat.id, 11)


def links(home: House) -> FileLinks:
    with home.app.app_context():
        return files.links(home.services)


def opened(home: House, place: FilePlace, lang: str = "ru") -> TestResponse:
    path = "/files/" + links(home).short(place).rsplit("/", 1)[1]
    return home.client.get(path, headers={"Accept-Language": lang})


@pytest.fixture
def served() -> Iterator[Callable[[Wsgi], str]]:
    """Serves a WSGI function; its address."""
    servers: list[Server] = []

    def serve(app: Wsgi) -> str:
        servers.append(Server(app))
        servers[-1].start()
        return f"{servers[-1].url}/f"

    yield serve
    for server in servers:
        server.stop()


def answering(*pieces: bytes, status: str = "200 OK", **headers: str) -> Wsgi:
    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start(status, [(name.replace("_", "-"), value) for name, value in headers.items()])
        return iter(pieces)

    return app


def test_a_file_of_a_report_is_an_attachment(home: House, served: Callable[[Wsgi], str]) -> None:
    url = served(answering(PNG, Content_Type="text/html"))
    place = hang(home, {"file_url": url, "file_name": "Счёт №1.png", "size": len(PNG)})
    answer = opened(home, place)
    assert (answer.status_code, answer.data) == (200, PNG)
    assert answer.mimetype == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "%D0%A1%D1%87%D1%91%D1%82" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<html><script>alert(1)</script></html>"),
        ("image.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("doc.xml", b"<?xml version='1.0'?><x/>"),
        ("photo.png", b"<script>alert(1)</script>"),
    ],
)
def test_what_may_carry_scripts_is_never_a_page(
    home: House, served: Callable[[Wsgi], str], name: str, content: bytes
) -> None:
    url = served(answering(content, Content_Type="image/svg+xml"))
    answer = opened(home, hang(home, {"file_url": url, "file_name": name}))
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


class Gigabyte(BaseHTTPRequestHandler):
    """Says that it has a gigabyte, and sends for as long as somebody reads."""

    sent = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000000")
        self.end_headers()
        try:
            while type(self).sent < 200_000_000:
                type(self).sent += self.wfile.write(b"x" * 100_000)
        except OSError:
            return

    def log_message(self, *args: object) -> None:
        """Quiet."""


def test_what_says_that_it_is_large_is_refused_unread(home: House) -> None:
    with HTTPServer(("127.0.0.1", 0), Gigabyte) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/f"
        answer = opened(home, hang(home, {"file_url": url, "file_name": "a"}), "en")
    assert answer.status_code == 413
    assert answer.text == "The file is larger than 20 MB: open it in UIS\n"
    # No more than stands in the buffers of a connection.
    assert Gigabyte.sent < fetching.MOST_BYTES


def test_what_hides_its_size_is_cut_off(
    home: House, served: Callable[[Wsgi], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", fetching.MEGABYTE)
    url = served(answering(*[b"x" * 100_000] * 30))
    assert opened(home, hang(home, {"file_url": url})).status_code == 413


def test_a_message_that_tells_a_size_over_the_limit_asks_nobody(home: House) -> None:
    place = hang(home, {"file_url": f"{NOWHERE}/x", "size": fetching.MOST_BYTES + 1})
    assert opened(home, place).status_code == 413


@pytest.mark.parametrize(
    ("status", "expected"), [("404 Not Found", 404), ("500 Oops", 502), ("302 Found", 502)]
)
def test_refusals_are_told_in_words(
    home: House, served: Callable[[Wsgi], str], status: str, expected: int
) -> None:
    url = served(answering(b"secret inner words", status=status, Location="http://127.0.0.1:1/"))
    answer = opened(home, hang(home, {"file_url": url}))
    assert answer.status_code == expected
    assert answer.mimetype == "text/plain"
    assert "secret" not in (answer.text or "")


def test_nobody_answers(home: House) -> None:
    assert opened(home, hang(home, {"file_url": f"{NOWHERE}/x"})).status_code == 504


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://169.254.169.254/latest", "https://10.0.0.1/x", "x"]
)
def test_an_address_of_an_inner_network_is_not_asked(home: House, url: str) -> None:
    assert opened(home, hang(home, {"file_url": url})).status_code == 502


@pytest.mark.parametrize("resource", [None, {}, {"name": "a"}, {"id": "1", "token": "x"}, {"file_url": 5}])
def test_a_message_without_a_file_has_none(home: House, resource: dict[str, Any] | None) -> None:
    assert opened(home, hang(home, resource)).status_code == 404


@pytest.mark.parametrize(
    "signed", ["1.1.11.0", "1.1.11.0~", "1.1.11.0~AAAA", "..%2f..%2fetc", "~", "%00", "é", "a" * 5000]
)
def test_a_made_up_link_opens_nothing(home: House, signed: str) -> None:
    hang(home, {"file_url": f"{NOWHERE}/x"})
    assert home.client.get(f"/files/{signed}").status_code == 404


def test_a_link_of_another_message_cannot_be_made_of_one(home: House) -> None:
    place = hang(home, {"file_url": f"{NOWHERE}/x"})
    token = links(home).short(place).rsplit("/", 1)[1]
    numbers, _, signature = token.partition("~")
    other = numbers.replace(".11.", ".12.")
    assert home.client.get(f"/files/{other}~{signature}").status_code == 404
    strange = FilePlace(place.installation_id + 1, place.conversation_id, place.message_id)
    assert opened(home, strange).status_code == 404


def of_record(home: House, place: FilePlace) -> str:
    """What records held while a link was enough to have a file."""
    return f"/files/{parse_qs(urlsplit(links(home).lasting(place, 'https://x.example')).query)['params[file]'][0]}"


def test_a_link_of_a_record_leads_into_the_portal_for_ever(home: House) -> None:
    place = hang(home, {"file_url": f"{NOWHERE}/x"})
    old = of_record(home, place)
    home.clock.advance(timedelta(days=4000).total_seconds())
    answer = home.client.get(old)
    assert (answer.status_code, answer.data) == (302, b"")
    assert answer.headers["Location"] == links(home).lasting(place, "https://portal-one.example")
    strange = FilePlace(place.installation_id + 1, place.conversation_id, place.message_id)
    assert home.client.get(of_record(home, strange)).status_code == 404


def test_a_short_link_ends(home: House) -> None:
    place = hang(home, {"file_url": f"{NOWHERE}/x"})
    short = links(home).short(place).rsplit("/", 1)[1]
    assert links(home).read(short) == place
    home.clock.advance(timedelta(days=1).total_seconds())
    gone = home.client.get(f"/files/{short}", headers={"Accept-Language": "en"})
    assert (gone.status_code, gone.text) == (410, "This link has ended\n")


@pytest.mark.parametrize("state", [InstallationState.DISABLED, InstallationState.REMOVED])
def test_an_application_that_was_removed_shows_nothing(home: House, state: str) -> None:
    place = hang(home, {"file_url": f"{NOWHERE}/x"})
    with home.services.sessions.begin() as session:
        session.get_one(Installation, place.installation_id).state = state
    assert opened(home, place).status_code == 404


def test_a_head_request_fetches_nothing(home: House) -> None:
    place = hang(home, {"file_url": f"{NOWHERE}/x"})
    assert home.client.head("/files/" + links(home).short(place).rsplit("/", 1)[1]).status_code == 200


def test_too_many_at_once_are_told_to_come_again(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def acquire(self, timeout: float) -> bool:
            return False

    monkeypatch.setattr(files, "AT_ONCE", Full())
    assert opened(home, hang(home, {"file_url": f"{NOWHERE}/x"})).status_code == 503


def test_a_resource_of_a_callback_comes_through_our_adapter(alive: Living) -> None:
    alive.connected(alive.installed())
    uis = alive.world.uis
    chat = uis.visitor_starts_chat(SITE_CHAT, text="Вот")
    sent = uis.visitor_writes(chat.id, "", file=("..\\..\\фото\u202egpj.exe", PNG))
    uis.flush()
    assert sent.resource is not None
    with alive.home.services.sessions.begin() as session:
        connection = session.query(UisConnection).one()
        channel = session.query(UisChannel).filter_by(chat_channel_id=SITE_CHAT).one()
        held = [link for account in uis.accounts.values() for link in account.links]
        link = next(link for link in held if link.channel.id == SITE_CHAT)
        channel.adapter_channel_id, connection.account_id = link.id, link.account_id
        row = Conversation(
            installation_id=connection.installation_id, kind="chat", source_id=chat.id, account="1",
            channel_id=SITE_CHAT, created_at=START, updated_at=START,
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(
            Message(
                conversation_id=row.id, message_id=sent.id, sent_at=START, resource=sent.resource.as_json()
            )
        )
        place = FilePlace(connection.installation_id, row.id, sent.id)
    answer = opened(alive.home, place)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PNG, "image/png")
    shown = answer.headers["Content-Disposition"]
    assert "%E2%80%AE" not in shown and "\\" not in shown
