"""What a machine lacks skips a test with the reason, and fails it under `CI=true`."""

from pathlib import Path

import pytest
from redis import Redis

from tests.support import postgres
from tests.support.databases import Databases
from tests.support.missing import missing
from tests.support.redis import redis_server


def test_on_a_laptop_the_test_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Chromium is not installed"):
        missing("Chromium is not installed")


def test_under_ci_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Chromium is not installed"):
        missing("Chromium is not installed")


def test_without_postgresql_the_reason_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(postgres, "programs", lambda: None)
    databases = Databases(tmp_path, lambda url: None)
    with (
        pytest.raises(pytest.skip.Exception, match="apt-get install postgresql"),
        databases.database("postgresql", tmp_path, migrated=False),
    ):
        pass


def test_a_broker_answers() -> None:
    with redis_server() as url:
        connection = Redis.from_url(url)
        assert connection.ping()
        connection.close()
