"""The server's settings: one process as long as the work lives inside it, loopback only in the sandbox."""

import runpy
from typing import Any

import pytest

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


@pytest.mark.parametrize(("sandbox", "bind"), [("1", "127.0.0.1:8123"), ("0", "0.0.0.0:8123")])
def test_the_sandbox_listens_on_loopback_only(
    sandbox: str, bind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings(monkeypatch, SANDBOX=sandbox, PORT="8123")["bind"] == bind
