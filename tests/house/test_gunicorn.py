"""The server's settings: one process as long as the work lives inside it, loopback only in the sandbox."""

import runpy
from typing import Any

import pytest

from app.base.config import read
from tests.support.checkout import ROOT


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    for name in ("SANDBOX", "HOST", "PORT", "CELERY_BROKER_URL", "WEB_CONCURRENCY", "WEB_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


def test_without_a_broker_there_is_one_process_whatever_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    made = settings(monkeypatch, WEB_CONCURRENCY="4")
    assert (made["workers"], made["threads"], made["worker_class"]) == (1, 12, "gthread")


def test_with_a_broker_more_processes_may_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    made = settings(monkeypatch, WEB_CONCURRENCY="4", CELERY_BROKER_URL="redis://127.0.0.1/0")
    assert made["workers"] == 4


@pytest.mark.parametrize("sandbox", ["1", "true", "True", " 1 ", "0", "false", ""])
def test_the_sandbox_listens_on_loopback_only_and_is_what_the_application_takes_for_it(
    sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "BITRIX24_CLIENT_ID": "a",
        "BITRIX24_CLIENT_SECRET": "b",
        "SECRET_KEY": "c",
        "ENCRYPTION_KEYS": "d",
    }
    trusting = read(given | {"SANDBOX": sandbox, "PUBLIC_URL": "https://omni.example"}).sandbox
    host = "127.0.0.1" if trusting else "0.0.0.0"
    assert settings(monkeypatch, SANDBOX=sandbox, PORT="8123")["bind"] == f"{host}:8123"


def test_an_empty_port_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, PORT="")["bind"] == "0.0.0.0:8000"


def test_what_is_wrong_is_said_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    made = settings(monkeypatch, PORT="700000", SANDBOX="1")
    with pytest.raises(SystemExit, match="PORT: '700000' must be a whole number from 0 to 65535"):
        made["on_starting"](None)
