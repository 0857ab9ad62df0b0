"""The workplace finds chats by what was said in them."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

STEP = 500
SAID = 200


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    exact = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
    op.create_table(
        "said_word",
        sa.Column("installation_id", number, nullable=False),
        sa.Column("word", exact, nullable=False),
        sa.Column("conversation_id", number, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False, comment="id in UIS"),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_said_word_installation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_said_word_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("installation_id", "word", "conversation_id", name=op.f("pk_said_word")),
    )
    _fill()
    op.create_index("ix_said_word_conversation_id", "said_word", ["conversation_id", "word"])


def downgrade() -> None:
    op.drop_table("said_word")


def _fill() -> None:
    """Words of the messages that are there already; phones are kept as they were written."""
    connection = op.get_bind()
    insert = sa.text(
        "INSERT INTO said_word (installation_id, word, conversation_id, message_id) VALUES (:i, :w, :c, :m)"
        " ON CONFLICT DO NOTHING"
    )
    for rows in _messages(connection):
        words = [
            {"i": row.installation_id, "w": word, "c": row.conversation_id, "m": row.message_id}
            for row in rows
            for word in sorted(_words(row.text, row.resource))
        ]
        if words:
            connection.execute(insert, words)


def _messages(connection: sa.Connection) -> Iterator[list[Any]]:
    """What people said in chats, some at a time."""
    last = 0
    query = sa.text(
        "SELECT m.id, m.conversation_id, m.message_id, m.text, m.resource, c.installation_id FROM message m"
        " JOIN conversation c ON c.id = m.conversation_id WHERE m.id > :l AND c.kind = 'chat'"
        " AND m.source IN ('visitor', 'operator') ORDER BY m.id LIMIT :n"
    )
    while rows := list(connection.execute(query, {"l": last, "n": STEP})):
        yield rows
        last = rows[-1].id


def _words(text: str, resource: Any) -> set[str]:
    """Words of the text and of the file's name; addresses as a whole as well."""
    file = json.loads(resource) if isinstance(resource, str) else resource
    said = (
        unicodedata.normalize("NFKC", f"{text} {(file or {}).get('name') or ''}").casefold().replace("ё", "е")
    )
    words = re.findall(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{0,190}\w|[^\W_]+", said)
    words += [word for address in words if "@" in address for word in re.findall(r"[^\W_]+", address)]
    return {word[:64] for word in list(dict.fromkeys(words))[:SAID] if len(word) > 1}
