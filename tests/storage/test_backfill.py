"""What a migration makes of the rows that are there already."""

import pytest
from sqlalchemy import Engine, create_engine, text

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
    " decided, created_at, updated_at) VALUES (5, 1, 'chat', 2045, '4735', :facts, '{}', 'done', 0, 1, 1,"
    " '2026-01-12 09:00:00+00:00', '2026-01-12 09:00:00+00:00')"
)
FACTS = '{"visitor": {"name": "Пётр Покупатель", "phone_number": "79161234567"}}'


@pytest.fixture
def engine(empty_database_url: str) -> Engine:
    made = create_engine(empty_database_url, **engine_options(empty_database_url))
    prepare(made)
    return made


def test_clients_who_wrote_before_are_found_by_their_words(engine: Engine) -> None:
    upgrade_engine(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text(INSTALLATION))
        connection.execute(text(CONVERSATION), {"facts": FACTS})
    upgrade_engine(engine)
    with engine.connect() as connection:
        words = set(
            connection.execute(text("SELECT word FROM client_word WHERE conversation_id = 5")).scalars()
        )
    assert words == {"петр", "покупатель", "79161234567", "9161234567", "~76543216197"}
    engine.dispose()


SAID = (
    "INSERT INTO message (conversation_id, message_id, source, text, sent_at, edited, resource)"
    " VALUES (5, :id, :source, :text, '2026-01-12 09:00:00+00:00', false, :file)"
)


def test_chats_of_earlier_are_found_by_what_was_said_in_them(engine: Engine) -> None:
    upgrade_engine(engine, "0030")
    with engine.begin() as connection:
        connection.execute(text(INSTALLATION))
        connection.execute(text(CONVERSATION), {"facts": FACTS})
        for number, source, words, file in (
            (1, "visitor", "Есть ЁЛКИ? a@b.ru", None), (2, "operator", "", '{"name": "Счёт.pdf"}'),
            (3, "system", "Чат начат", None), (4, "visitor", "ёлки", None),
        ):  # fmt: skip
            connection.execute(text(SAID), {"id": number, "source": source, "text": words, "file": file})
    upgrade_engine(engine)
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT word, message_id FROM said_word WHERE conversation_id = 5")
        ).all()
    assert {(word, number) for word, number in found} == {
        ("есть", 1), ("елки", 1), ("a@b.ru", 1), ("ru", 1), ("счет", 2), ("pdf", 2),
    }  # fmt: skip
    engine.dispose()
