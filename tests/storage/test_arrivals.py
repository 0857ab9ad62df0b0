"""Events of a group, stored in one statement."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.storage.models import InboxRow
from app.storage.queries.inbox import Arrival, store_all
from tests.support.stage import stage, stage_in

NOW = datetime(2026, 5, 4, 9, 0, 0, 123456, tzinfo=UTC)


def body_of(key: str) -> bytes:
    """With the marks that drivers put in place of values."""
    return f"{key}?%s".encode()


def arrival(key: str, portal: int) -> Arrival:
    return Arrival(
        installation_id=portal, source="uis", kind="message", dedup_key=key, body=body_of(key), now=NOW
    )


def test_each_of_a_group_is_told_whether_it_is_new(database_url: str) -> None:
    with stage(database_url) as here:
        one, two = here.installation_id, stage_in(here.world, database_url, own=True).installation_id
        with here.services.engine.begin() as connection:
            assert store_all(connection, [arrival("known", one)]) == [True]
            group = [("known", one), ("b", one), ("a", one), ("b", one), ("b", two)]
            told = store_all(connection, [arrival(*each) for each in group])
        assert told == [False, True, True, False, True]
        with here.services.sessions() as session:
            rows = session.scalars(select(InboxRow).order_by(InboxRow.id)).all()
            kept = [(row.dedup_key, row.installation_id, bytes(row.body), row.received_at) for row in rows]
    expected = [("known", one), ("b", one), ("a", one), ("b", two)]
    assert kept == [(key, portal, body_of(key), NOW) for key, portal in expected]
