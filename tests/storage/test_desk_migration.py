"""What was said before the workplace came is counted when it comes."""

from datetime import UTC, datetime

from sqlalchemy import create_engine, text

from app.storage.database import engine_options, prepare
from app.storage.schema import upgrade_engine

INSTALLATION = (
    "INSERT INTO installation (id, member_id, generation, portal_url, client_endpoint, oauth_url, event_key,"
    " event_key_hash, scope, status, version, lang, timezone, state, steps, created_at, sync) VALUES (1, 'one', 1,"
    " 'https://one.example', 'https://one.example/rest/', 'https://oauth', 'key', 'hash', '', 'L', '1', 'ru', 'UTC',"
    " 'active', '[]', '2026-01-12 09:00:00+00:00', '{}')"
)
CONVERSATION = (
    "INSERT INTO conversation (id, installation_id, kind, source_id, account, facts, ledger, state, attempts, changed,"
    " decided, created_at, updated_at, started_at, closed_at) VALUES (:id, 1, 'chat', :id, '4735', '{}', :ledger,"
    " 'done', 0, 1, 1, '2026-01-12 09:00:00+00:00', '2026-01-12 09:00:00+00:00', '2026-01-12 08:00:00+00:00', :closed)"
)
MESSAGE = (
    "INSERT INTO message (conversation_id, message_id, source, text, sent_at, edited)"
    " VALUES (:chat, :id, :source, 'text', :at, false)"
)
SAID = [
    (1, 11, "visitor", "10:00"), (1, 12, "operator", "10:05"), (1, 13, "visitor", "10:06"),
    (1, 14, "visitor", "10:07"), (1, 15, "system", "10:30"),
    (2, 21, "visitor", "10:00"), (2, 22, "operator", "10:01"),
    (3, 31, "visitor", "10:00"),
]  # fmt: skip


def test_who_waits_and_since_when(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url, **engine_options(empty_database_url))
    prepare(engine)
    upgrade_engine(engine, "0030")
    with engine.begin() as connection:
        connection.execute(text(INSTALLATION))
        for number, closed in ((1, None), (2, None), (3, "2026-01-12 11:00:00+00:00"), (4, None)):
            ledger = '{"entities": {"lead": 81}}' if number == 1 else "{}"
            connection.execute(text(CONVERSATION), {"id": number, "closed": closed, "ledger": ledger})
        for chat, number, source, at in SAID:
            moment = f"2026-01-12 {at}:00.000000+00:00"
            connection.execute(
                text(MESSAGE), {"chat": chat, "id": number, "source": source, "at": moment[:26]}
            )
    upgrade_engine(engine)
    query = (
        "SELECT client_message_id, operator_message_id, waits_since, last_at FROM conversation ORDER BY id"
    )
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
        messages = connection.execute(text("SELECT count(*) FROM message")).scalar_one()
        keys = connection.execute(text("SELECT key, conversation_id FROM client_key")).all()
        news = connection.execute(text("SELECT installation_id, version FROM portal_news")).all()
    engine.dispose()
    assert [(row[0], row[1], _clock(row[2]), _clock(row[3])) for row in found] == [
        (14, 12, "10:06", "10:07"), (21, 22, None, "10:01"), (31, None, None, "10:00"), (None, None, None, "08:00"),
    ]  # fmt: skip
    assert [tuple(row) for row in news] == [(1, 0)]
    assert messages == len(SAID)
    assert [tuple(row) for row in keys] == [("lead:81", 1)]


def _clock(moment: str | datetime | None) -> str | None:
    """SQLite answers raw SQL with text, PostgreSQL in the zone of its session."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime("%H:%M")
    return moment[11:16] if moment else None
