"""Secrets, texts, sessions, and where HTTP may go."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.base import addresses, config, keys, texts
from app.base.clock import ManualClock
from app.base.http import AddressRefused, Http, RequestFailed
from app.base.secrets import SealBroken, Vault
from app.base.sessions import PageSession, PageSessions, SessionExpired, SessionInvalid

ENV = {"SANDBOX": "1", "BITRIX24_CLIENT_ID": "id", "BITRIX24_CLIENT_SECRET": "secret"}
SANDBOX = config.read(ENV)
REAL = replace(SANDBOX, sandbox=False)


SERVER = ENV | {
    "SANDBOX": "0",
    "PUBLIC_URL": "https://omni.example",
    "SECRET_KEY": "a",
    "ENCRYPTION_KEYS": "b",
}
UIS_URLS = ("LOGIN", "LOGIC", "CHAT", "DATA", "CABINET", "WORKPLACE")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        *(
            (f"UIS_{part}_URL", "http://uis.example/x", "must be https outside the sandbox")
            for part in UIS_URLS
        ),
        (
            "BITRIX24_OAUTH_URL",
            "https://oauth.example,http://oauth.example",
            "must be https outside the sandbox",
        ),
        ("BITRIX24_OAUTH_URL", ",", "names no address"),
        ("BITRIX24_OAUTH_URL", "https://", "is not an http(s) address"),
        ("PUBLIC_URL", "https://[omni", "is not an http(s) address"),
        ("PUBLIC_URL", "https://omni.example:700000", "is not an http(s) address"),
        *(
            ("PORT", port, "must be a whole number from 0 to 65535")
            for port in ("700000", "80.5", "-1", "1e3", "x")
        ),
    ],
)
def test_a_variable_that_would_fail_later_is_refused_by_its_name(name: str, value: str, said: str) -> None:
    config.read(SERVER)
    with pytest.raises(config.ConfigurationError) as caught:
        config.read(SERVER | {name: value})
    assert [problem.split(":", 1)[0] for problem in caught.value.problems] == [name]
    assert said in str(caught.value)


def test_everything_wrong_is_listed_at_once() -> None:
    wrong = {"PORT": "80.5", "BITRIX24_OAUTH_URL": ",", "UIS_CHAT_URL": "http://uis.example"}
    with pytest.raises(config.ConfigurationError) as caught:
        config.read(SERVER | wrong)
    assert {problem.split(":", 1)[0] for problem in caught.value.problems} == wrong.keys()


def test_a_sealed_value_opens_for_its_owner_only() -> None:
    vault = Vault(["key"])
    sealed = vault.seal("portal-a:chain.access_token", "token")
    assert "token" not in sealed
    assert vault.open("portal-a:chain.access_token", sealed) == "token"
    for owner in ("portal-b:chain.access_token", "portal-a:chain.refresh_token", ""):
        with pytest.raises(SealBroken):
            vault.open(owner, sealed)


@pytest.mark.parametrize("broken", ["", "x", "gAAAAA", "Ъ"])
def test_what_we_did_not_seal_does_not_open(broken: str) -> None:
    with pytest.raises(SealBroken):
        Vault(["key"]).open("owner", broken)


def test_rotation_reseals_with_the_newest_key() -> None:
    sealed = Vault(["old"]).seal("owner", "value")
    both = Vault(["new", "old"])
    assert not both.is_newest(sealed)
    rotated = both.rotate("owner", sealed)
    assert both.is_newest(rotated)
    assert Vault(["new"]).open("owner", rotated) == "value"
    with pytest.raises(SealBroken):
        Vault(["old"]).open("owner", rotated)


def test_keys_of_the_sandbox_are_kept_and_unreadable_for_others(tmp_path: Path) -> None:
    bare = replace(SANDBOX, instance_path=tmp_path / "instance", secret_keys=(), encryption_keys=())
    first = keys.with_keys(bare)
    assert first.secret_keys != first.encryption_keys
    assert keys.with_keys(bare) == first
    files = list((tmp_path / "instance").iterdir())
    assert sorted(file.name for file in files) == ["encryption_key", "secret_key"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_both_catalogues_say_the_same_with_the_same_placeholders() -> None:
    russian, english = texts.catalogue("ru"), texts.catalogue("en")
    assert russian.keys() == english.keys()
    for key in russian:
        assert texts.placeholders(russian[key]) == texts.placeholders(english[key]), key


@pytest.mark.parametrize(
    ("said", "meant"),
    [("ru", "ru"), ("RU-ru", "ru"), ("de", "en"), (None, "en"), ("en_US", "en"), ("../ru", "en")],
)
def test_english_is_the_fallback(said: str | None, meant: str) -> None:
    assert texts.language(said) == meant


def test_parameters_of_texts_are_never_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "catalogue", lambda _: {"greeting": "Hi, {name}{0}{other}"})
    assert texts.text("greeting", "en", name="{other}", other="x") == "Hi, {other}{0}x"


def _session() -> PageSession:
    return PageSession(
        installation_id=1, generation=2, user_id=7, admin=True, page="app", placement="DEFAULT", lang="ru",
        entity_type="deal", entity_id=5,
    )  # fmt: skip


def test_a_session_lives_ten_minutes_and_can_be_renewed_after() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    sessions = PageSessions(["new", "old"], clock)
    token = sessions.make(_session())
    read = sessions.read(token)
    assert replace(read, jti="") == _session()
    assert read.jti
    clock.advance(600)
    with pytest.raises(SessionExpired):
        sessions.read(token)
    assert sessions.read(token, allow_expired=True) == read


def test_sessions_survive_a_change_of_keys_but_no_change_of_letters() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    token = PageSessions(["old"], clock).make(_session())
    assert PageSessions(["new", "old"], clock).read(token).user_id == 7
    with pytest.raises(SessionInvalid):
        PageSessions(["new"], clock).read(token)
    for forged in ("", "x", token[:-2], "A" + token, token.split(".", 1)[0]):
        with pytest.raises(SessionInvalid):
            PageSessions(["old"], clock).read(forged, allow_expired=True)


REFUSED = [
    "http://portal.bitrix24.ru/", "https://portal.bitrix24.ru:8443/", "https://user@portal.bitrix24.ru/",
    "https://user:pw@portal.bitrix24.ru/", "https://127.0.0.1/", "https://10.0.0.1/", "https://192.168.1.1/",
    "https://169.254.169.254/latest", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fd00::1]/",
    "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://0.0.0.0/", "https://100.64.0.1/",
    "https://224.0.0.1/", "https:///", "https://", "//portal.bitrix24.ru/", "ftp://portal.bitrix24.ru/",
    "https://portal.bitrix24.ru\\@127.0.0.1/", "https://portal.bitrix24.ru\n.example.com/",
    "https://портал.рф/", "https://portal..bitrix24.ru/", "https://-x.ru/", "https://x_y!.ru/", "file:///etc/passwd",
    "javascript:alert(1)", "https://portal.bitrix24.ru:99999/", "https://portal.bitrix24.ru:x/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_suspicious_addresses_are_refused_before_resolution(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was resolved")

    with pytest.raises(AddressRefused):
        Http(REAL, resolve).request("GET", url)


INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1%eth0",
    "fd12::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "224.0.0.1", "ff02::1", "100.64.0.9",
]  # fmt: skip


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("host", ["rebound.example.com", "2130706433", "0x7f000001", "127.1"])
def test_a_name_that_leads_inside_is_refused(host: str, inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.create_connection", lambda *_: pytest.fail("connected"))
    for found in ([inside], ["93.184.216.34", inside]):
        with pytest.raises(AddressRefused):
            Http(REAL, lambda _host, _port, found=found: found).request("GET", f"https://{host}/")  # type: ignore[misc]


def test_only_trusted_hosts_get_anything() -> None:
    check = addresses.check
    assert (
        check("https://Portal.bitrix24.ru/rest/", sandbox=False, trusted={"portal.bitrix24.ru"}).port == 443
    )
    for other in ("https://evil.bitrix24.ru/", "https://portal.bitrix24.ru.evil.com/"):
        with pytest.raises(AddressRefused):
            check(other, sandbox=False, trusted={"portal.bitrix24.ru"})
    assert check("http://127.0.0.1:81/", sandbox=True, trusted={"127.0.0.1:81"}).netloc == "127.0.0.1:81"
    with pytest.raises(AddressRefused):
        check("http://127.0.0.1:82/", sandbox=True, trusted={"127.0.0.1:81"})
    for rule in ("http://portal.bitrix24.ru/", "https://10.0.0.1/", "https://portal.bitrix24.ru:444/"):
        with pytest.raises(AddressRefused):
            check(rule, sandbox=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections: set[tuple[str, int]] = set()

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        if self.path.startswith("/broken"):
            self.close_connection = True
            return
        if self.path.startswith("/slow"):
            threading.Event().wait(1)
        self.send_response(302 if self.path.startswith("/moved") else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Set-Cookie", "a=b")
        body = (self.headers["Host"] + " " + (self.headers["Cookie"] or "-")).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    _Handler.connections = set()
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    httpd.server_close()


def test_the_sandbox_reaches_loopback_on_kept_connections_without_cookies(server: str) -> None:
    http = Http(SANDBOX)
    for _ in range(3):
        answer = http.request("GET", f"http://{server}/", trusted={server})
        assert (answer.status_code, answer.text) == (200, f"{server} -")
    assert len(_Handler.connections) == 1


def test_redirects_are_not_followed(server: str) -> None:
    assert Http(SANDBOX).request("GET", f"http://{server}/moved").status_code == 302


@pytest.mark.parametrize(("path", "kind", "sent"), [("slow", "timeout", True), ("broken", "broken", True)])
def test_failures_do_not_tell_secrets(server: str, path: str, kind: str, sent: bool) -> None:
    with pytest.raises(RequestFailed) as failure:
        Http(SANDBOX).request("GET", f"http://{server}/{path}", params={"auth": "canary"}, timeout=0.2)
    assert (failure.value.kind, failure.value.sent) == (kind, sent)
    assert "canary" not in repr(failure.value) + str(failure.value)
    assert failure.value.__suppress_context__


def test_a_closed_port_and_an_unknown_name_mean_that_nothing_was_sent() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    for http, url in (
        (Http(SANDBOX), "http://127.0.0.1:1/"),
        (Http(REAL, unknown), "https://a.example.com/"),
    ):
        with pytest.raises(RequestFailed) as failure:
            http.request("GET", url)
        assert (failure.value.kind, failure.value.sent) == ("connect", False)


def test_tls_is_checked_against_the_name(server: str) -> None:
    port = int(server.split(":")[1])
    with pytest.raises(RequestFailed) as failure:
        Http(SANDBOX).request("GET", f"https://127.0.0.1:{port}/")
    assert failure.value.kind == "tls"
    assert ssl.create_default_context().check_hostname
