"""Errors and spans leave only where that is configured, and carry nothing of a client, no token, no address."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from app.base.config import ConfigurationError
from app.base.trace import NoTrace
from app.web import logs, telemetry
from app.web.factory import create_app
from sandbox.world import World
from tests.support.stage import Stage, environment, stage

SECRETS = ("79161234567", "Иван Клиентов", "refresh-token-of-a-portal", "secret-dsn-key")
DSN = "https://secret-dsn-key@errors.example/1"


class Kept(Transport):
    """Keeps what would be sent."""

    sent: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent += [item.payload.json for item in envelope.items if item.payload.json]


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[dict[str, Any]]]:
    """An application that reports errors, to us."""
    began = sentry_sdk.init
    monkeypatch.setattr(sentry_sdk, "init", lambda **options: began(transport=Kept, **options))
    Kept.sent = []
    create_app(variables(tmp_path, SENTRY_DSN=DSN))
    yield Kept.sent
    logs._reports.clear()
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def variables(directory: Path, **more: str) -> dict[str, str]:
    return {
        "SANDBOX": "1", "INSTANCE_PATH": str(directory), "BITRIX24_CLIENT_ID": "a", "BITRIX24_CLIENT_SECRET": "b",
    } | more  # fmt: skip


def breaks(phone: str, name: str, token: str) -> None:
    """Fails with a client's data in its locals, its text, and the text of its cause."""
    try:
        raise KeyError(f"no stage for {phone}")
    except KeyError as cause:
        raise RuntimeError(f"{name} could not be stored with {token}") from cause


def test_an_error_is_reported_as_its_kind_and_its_lines_and_nothing_else(
    reports: list[dict[str, Any]],
) -> None:
    with structlog.contextvars.bound_contextvars(portal=7, phone=SECRETS[0]):
        try:
            breaks(*SECRETS[:3])
        except RuntimeError:
            structlog.get_logger().exception("round_broke", conversation=42, event_id=9, client=SECRETS[1])
    (report,) = reports
    kinds = [error["type"] for error in report["exception"]["values"]]
    assert kinds == ["KeyError", "RuntimeError"]
    assert report["exception"]["values"][1]["stacktrace"]["frames"][-1]["function"] == "breaks"
    assert report["tags"] == {"portal": "7", "conversation": "42", "event_id": "9"}
    told = json.dumps(report, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in told] == []


def test_what_sentry_may_add_one_day_stays_out() -> None:
    event = {
        "level": "error", "request": {"url": SECRETS[2]}, "user": {"phone": SECRETS[0]}, "extra": {"a": SECRETS[1]},
        "breadcrumbs": [SECRETS[0]], "server_name": SECRETS[1], "tags": {"portal": "7", "phone": SECRETS[0]},
        "exception": {"values": [{"type": "E", "value": SECRETS[0], "stacktrace": {"frames": [{"vars": SECRETS}]}}]},
    }  # fmt: skip
    told = telemetry.scrubbed(event)
    assert (told["level"], told["tags"]) == ("error", {"portal": "7"})
    assert [secret for secret in SECRETS if secret in json.dumps(told, ensure_ascii=False)] == []


def test_nothing_is_reported_where_nothing_is_configured(tmp_path: Path) -> None:
    app = create_app(variables(tmp_path))
    assert logs._reports == []
    assert isinstance(app.extensions["omni"].trace, NoTrace)


@pytest.mark.parametrize(
    ("variable", "package"),
    [
        ("SENTRY_DSN", "sentry_sdk"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "opentelemetry.exporter.otlp.proto.http.trace_exporter"),
    ],
)
def test_a_missing_package_is_said_at_the_start(
    variable: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigurationError, match=variable):
        create_app(variables(tmp_path, **{variable: "https://key@telemetry.example/1"}))


def test_spans_name_methods_and_ids_and_nothing_of_the_client(sqlite_url: str) -> None:
    with stage(sqlite_url) as here:
        spans = collected(here)
        here.save("chats", titles={"lead": "Chat", "activity": "Chat"})
        here.chat_started(1, phone="79161234567")
        here.message(1, 10, "Иван Клиентов")
        here.drain()
        told = [(span.name, dict(span.attributes or {})) for span in spans.get_finished_spans()]
    assert {name for name, _ in told} == {"round", "portal request"}
    assert ("portal request", {"method": "batch", "portal": here.installation_id, "status": 200}) in told
    text = json.dumps(told, ensure_ascii=False)
    assert "9161234567" not in text
    assert "Клиентов" not in text
    assert "http" not in text


def test_the_configured_collector_is_where_spans_go(sqlite_url: str, tmp_path: Path) -> None:
    with World() as world:
        env = environment(
            world, sqlite_url, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", INSTANCE_PATH=str(tmp_path)
        )
        app = create_app(env)
    assert isinstance(app.extensions["omni"].trace, telemetry.OtelTrace)


def collected(here: Stage) -> InMemorySpanExporter:
    """Let the stage's spans be kept."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    object.__setattr__(here.services, "trace", telemetry.OtelTrace(provider.get_tracer("test")))
    return kept
