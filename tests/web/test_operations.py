"""Alive, ready, metrics; the configuration; what runs beside the requests."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import OperationalError

from app.base.config import ConfigurationError
from app.base.meters import Meters
from app.storage.database import db
from app.storage.models import AnalyticsWork, InboxRow, Installation, MailWork, OutboxRow, RequestLog
from app.storage.queries import outbox, work
from app.web import synchronize
from app.web.chores import Chores
from app.web.factory import create_app
from app.web.keeper import Keeper
from app.web.portals import Portals
from bitrix_app.runtime import SHELL
from bitrix_app.shell import Shell
from tests.support.databases import Databases
from tests.web.house import START, House, house


def test_it_is_alive(home: House) -> None:
    assert home.client.get("/healthz").status_code == 200


def test_without_built_pages_it_is_not_ready_and_says_why(home: House, tmp_path: Path) -> None:
    home.app.extensions[SHELL] = Shell(tmp_path / "nothing")
    answer = home.client.get("/readyz", headers={"Accept-Language": "ru"})
    assert (answer.status_code, answer.get_data(as_text=True)) == (
        503,
        "Страницы не собраны: выполните make install\n",
    )


def test_without_a_database_it_is_not_ready(home: House, tmp_path: Path) -> None:
    with home.app.app_context():
        db.engine.dispose()
    (tmp_path / "database.sqlite").unlink()
    answer = home.client.get("/readyz")
    assert answer.status_code == 503
    assert "database" in answer.get_data(as_text=True)


def test_metrics_tell_what_waits(both: House) -> None:
    installation = both.install()
    both.install("second", state="parked")
    with both.services.sessions.begin() as session:
        session.add(
            InboxRow(
                installation_id=installation, source="uis", kind="message", dedup_key="k", body=b"",
                received_at=START - timedelta(seconds=90),
            )
        )  # fmt: skip
        work.due_by(session, installation, START - timedelta(seconds=30))
        work.due_by(session, installation, START - timedelta(seconds=45), AnalyticsWork)
    both.services.meters.count("rest_requests", "batch", "ok", by=3)
    both.services.meters.observe("fold_lag_seconds", 0.7)
    Keeper(both.services, Portals(both.services)).write()
    told = both.client.get("/metrics").get_data(as_text=True)
    assert "omni_inbox_waiting 1.0" in told
    assert "omni_inbox_oldest_seconds 90.0" in told
    assert 'omni_portals{state="parked"} 1.0' in told
    assert 'omni_portals_due{lane="drain"} 1.0' in told
    assert 'omni_portal_lag_seconds{lane="drain",quantile="1"} 30.0' in told
    assert 'omni_portal_lag_seconds{lane="mail",quantile="1"} 0.0' in told
    assert 'omni_portal_lag_seconds{lane="analytics",quantile="1"} 45.0' in told
    assert 'omni_rest_requests_total{method="batch",outcome="ok"} 3.0' in told
    assert 'omni_fold_lag_seconds_bucket{le="0.5"} 0.0' in told
    assert 'omni_fold_lag_seconds_bucket{le="1.0"} 1.0' in told or 'le="1"} 1.0' in told
    assert "omni_claims_lost_total 0.0" in told


def _letters(house_: House, portal: int, due_at: datetime | None, *rows: dict[str, Any]) -> None:
    """Letters of a portal, and when its lane is due."""
    made = [
        {"exit": "uis", "thread": "c1", "kind": "message", "key": f"{n}", "body": {}}
        for n, _ in enumerate(rows)
    ]
    with house_.services.sessions.begin() as session:
        outbox.post(session, portal, made, START)
        letters = session.query(OutboxRow).filter_by(installation_id=portal).order_by(OutboxRow.id)
        for letter, values in zip(letters, rows, strict=True):
            for name, value in values.items():
                setattr(letter, name, value)
        session.get_one(MailWork, portal).due_at = due_at


def test_metrics_tell_of_letters_that_are_put_off_again_and_again(both: House) -> None:
    portal, parked = both.install(), both.install("second", state="parked")
    soon = START + timedelta(seconds=30)
    refused = {"problem": "no_answer", "look_at": soon, "attempts": 3}
    old = START - timedelta(minutes=20)
    assert "omni_letters_oldest_seconds 0.0" in _metrics(both)
    _letters(
        both,
        portal,
        soon,
        refused | {"created_at": old},
        {},
        {"state": "done", "created_at": old - timedelta(days=9)},
    )
    _letters(both, parked, None, {"created_at": START - timedelta(days=9)})
    told = _metrics(both)
    assert "omni_letters_oldest_seconds 1200.0" in told
    assert 'omni_portal_lag_seconds{lane="mail",quantile="1"} 0.0' in told  # which nobody would see it by


def test_metrics_tell_of_letters_that_want_a_person(both: House) -> None:
    told = _metrics(both)
    assert 'omni_letters_in_trouble{state="failed"} 0.0' in told
    assert 'omni_letters_in_trouble{state="in_doubt"} 0.0' in told
    doubted, failed = {"state": "in_doubt"}, {"state": "failed"}
    stopped = [{"state": "failed", "problem": why} for why in ("taken_back", "set_aside")]
    rest = [{"state": "dropped"}, {"state": "done"}, {}]
    _letters(both, both.install(), None, doubted, failed, failed, *stopped, *rest)
    told = _metrics(both)
    assert 'omni_letters_in_trouble{state="failed"} 2.0' in told
    assert 'omni_letters_in_trouble{state="in_doubt"} 1.0' in told


def test_what_several_processes_count_is_told_together(both: House) -> None:
    for _ in range(2):
        process = replace(both.services, meters=Meters())
        process.meters.count("events", "uis", "fresh", by=5)
        keeper = Keeper(process, Portals(process))
        keeper.write()
        keeper.write()
    assert 'omni_events_total{outcome="fresh",source="uis"} 10.0' in _metrics(both)


def test_counts_of_a_time_without_a_database_are_written_later(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.services.meters.count("claims_lost")
    keeper = Keeper(home.services, Portals(home.services))
    with monkeypatch.context() as broken:
        broken.setattr("app.storage.queries.meters.add", _away)
        keeper.write()
    keeper.write()
    assert "omni_claims_lost_total 1.0" in _metrics(home)


def test_a_vendors_code_of_any_length_keeps_nothing_from_being_written(both: House) -> None:
    meters, strange = both.services.meters, "E|" + "x" * 500 + "\x00\ud800"
    meters.count("rest_commands", "crm.item.add", strange)
    meters.count("rest_commands", "crm.item.add", "A|B\x00\ud800")
    meters.observe("rest_seconds", 0.1, strange)
    meters.count("claims_lost")
    Keeper(both.services, Portals(both.services)).write()
    told = _metrics(both)
    assert "omni_claims_lost_total 1.0" in told
    assert 'omni_rest_commands_total{method="crm.item.add",outcome="A_B__"} 1.0' in told
    assert f'outcome="E_{"x" * 62}"' in told


def test_counts_and_requests_are_written_each_for_itself(
    both: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    portals = Portals(both.services)
    log, keeper = portals.client(both.install()).log, Keeper(both.services, portals)
    log.add(START, "profile", 200, 0.1, None)
    both.services.meters.count("claims_lost")
    with monkeypatch.context() as broken:
        broken.setattr("app.storage.queries.meters.add", _away)
        keeper.write()
    assert _logged(both) == ["profile"]
    log.add(START, "user.current", 200, 0.1, "x" * 500 + "\x00\ud800")
    with monkeypatch.context() as broken:
        broken.setattr(both.services.sessions, "begin", _away)
        keeper.write()
    keeper.write()
    assert "omni_claims_lost_total 1.0" in _metrics(both)
    assert _logged(both) == ["profile", "user.current"]


def test_a_portal_that_was_erased_takes_no_other_portals_requests_along(both: House) -> None:
    portals = Portals(both.services)
    gone, there = both.install("gone"), both.install("there")
    for portal in (gone, there):
        portals.client(portal).log.add(START, f"of.{portal}", 200, 0.1, None)
    with both.services.sessions.begin() as session:
        session.delete(session.get_one(Installation, gone))
    keeper = Keeper(both.services, portals)
    keeper.write()
    keeper.write()
    assert _logged(both) == [f"of.{there}"]


def _logged(home: House) -> list[str]:
    with home.services.sessions() as session:
        return list(session.scalars(select(RequestLog.method).order_by(RequestLog.id)))


def _away(*_: Any) -> None:
    raise OperationalError("INSERT", {}, Exception("the database is away"))


def _metrics(home: House) -> str:
    return home.client.get("/metrics").get_data(as_text=True)


def test_while_the_database_restarts_callers_are_told_to_come_again(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.database("postgresql", tmp_path, migrated=True) as url, house(url, tmp_path) as home:
        token = home.token(home.install())
        with home.app.app_context():
            nowhere = db.engine.url.set(port=9)
        lost = create_engine(nowhere, connect_args={"connect_timeout": 1})
        home.services.sessions.configure(bind=lost)
        for path, told in (
            ("/api/settings/main", "application/problem+json"),
            ("/uis/key/chat", "text/plain"),
        ):
            answer = home.client.open(
                path, method="GET" if path[1] == "a" else "POST", headers=_bearer(token)
            )
            assert (answer.status_code, answer.mimetype) == (503, told)
            assert int(answer.headers["Retry-After"]) > 0


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_everything_wrong_in_the_environment_is_listed_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_app({"INSTANCE_PATH": str(tmp_path), "POLL_S": "often", "DATABASE_URL": "mysql://x"})
    named = {line.partition(":")[0] for line in caught.value.problems}
    assert {"SECRET_KEY", "ENCRYPTION_KEYS", "BITRIX24_CLIENT_ID", "POLL_S", "DATABASE_URL"} <= named


def test_background_work_starts_when_told_and_ends(home: House) -> None:
    import threading

    def names() -> set[str]:
        return {
            thread.name for thread in threading.enumerate() if thread.name.startswith(("drain-", "chore-"))
        }

    before = names()
    stop = home.app.extensions["omni.start"]()
    assert len(names() - before) > 5
    stop()
    assert names() == before


def chores(home: House) -> Chores:
    return Chores(home.services, Portals(home.services))


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"problem": "overload", "parked_until": START}, "active"),
        ({"problem": "overload", "parked_until": START + timedelta(hours=1)}, "parked"),
        ({"problem": "not_installed", "parked_until": START}, "parked"),
        ({"problem": "plan", "parked_until": None}, "parked"),
    ],
)
def test_a_parked_portal_is_tried_again_when_its_time_has_come(
    home: House, values: dict[str, Any], state: str
) -> None:
    installation = home.install(state="parked", **values)
    chores(home).try_parked_again()
    with home.services.sessions() as session:
        assert session.get_one(Installation, installation).state == state


def test_all_portals_whose_names_are_old_are_read_in_one_run(both: House) -> None:
    """Thousands of portals become due within half an hour; those that cannot be read hold nobody up."""
    old, fresh = START - timedelta(hours=1), START - timedelta(seconds=1)
    late = [both.install(f"late-{number}", synced_at=old) for number in range(45)]
    new = both.install("new", synced_at=fresh)
    chores(both).synchronize()
    with both.services.sessions() as session:
        read = {row.id: row.synced_at for row in session.query(Installation)}
    assert {read[number] for number in late} == {START}
    assert read[new] == fresh


def test_a_portal_is_not_read_again_by_the_next_worker(home: House) -> None:
    number, before = home.install(), START - timedelta(minutes=30)
    client = Portals(home.services).client(number)
    assert synchronize.catch_up(home.services, client, before)
    assert not synchronize.catch_up(home.services, client, before)
    assert synchronize.begin(home.services, number)  # an administrator may ask for it at any time
    assert not synchronize.catch_up(home.services, client, START + timedelta(minutes=1))  # one is under way


def test_the_log_of_requests_is_kept_for_three_days(home: House) -> None:
    installation = home.install()
    with home.services.sessions.begin() as session:
        for hours in (1, 71, 73):
            at = START - timedelta(hours=hours)
            session.add(RequestLog(installation_id=installation, at=at, method="batch", milliseconds=1))
    chores(home).clean()
    with home.services.sessions() as session:
        assert session.query(RequestLog).count() == 2


def test_without_its_broker_it_is_not_ready(databases: Databases, tmp_path: Path) -> None:
    with databases.database("postgresql", tmp_path, migrated=True) as url:
        with house(url, tmp_path, CELERY_BROKER_URL="redis://127.0.0.1:9/0") as distributed:
            answer = distributed.client.get("/readyz")
    assert answer.status_code == 503
    assert "broker" in answer.get_data(as_text=True)
