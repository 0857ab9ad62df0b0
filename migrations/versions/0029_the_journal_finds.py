"""The journal finds clients by words, and is sorted by when a communication began.

Also: keys of the inbox are sorted by their bytes, so that those of one conversation are found by their beginning.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BEGAN = sa.text("coalesce(started_at, created_at)")
STEP = 500


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "client_word",
        sa.Column("installation_id", number, nullable=False),
        sa.Column("word", _exact(64), nullable=False),
        sa.Column("conversation_id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_client_word_installation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_client_word_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("installation_id", "word", "conversation_id", name=op.f("pk_client_word")),
    )
    _fill()
    op.create_index("ix_client_word_conversation_id", "client_word", ["conversation_id"])
    op.create_index("ix_conversation_journal", "conversation", ["installation_id", BEGAN, "id"])
    op.create_index("ix_conversation_state", "conversation", ["installation_id", "state", BEGAN, "id"])
    op.create_index("ix_conversation_channel", "conversation", ["installation_id", "channel_id", BEGAN, "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE inbox ALTER COLUMN dedup_key TYPE varchar(160) COLLATE "C"')


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE inbox ALTER COLUMN dedup_key TYPE varchar(160) COLLATE "default"')
    for name in ("channel", "state", "journal"):
        op.drop_index(f"ix_conversation_{name}", "conversation")
    op.drop_table("client_word")


def _exact(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _fill() -> None:
    """Words of the conversations that are there already; what these plain rules miss, the next event of a chat adds."""
    connection = op.get_bind()
    insert = sa.text("INSERT INTO client_word (installation_id, word, conversation_id) VALUES (:i, :w, :c)")
    for rows in _conversations(connection):
        words = [
            {"i": row.installation_id, "w": word, "c": row.id}
            for row in rows
            for word in sorted(_words(json.loads(row.facts) if isinstance(row.facts, str) else row.facts))
        ]
        if words:
            connection.execute(insert, words)


def _conversations(connection: sa.Connection) -> Iterator[list[Any]]:
    """All of them, some at a time."""
    last = 0
    query = sa.text("SELECT id, installation_id, facts FROM conversation WHERE id > :l ORDER BY id LIMIT :n")
    while rows := list(connection.execute(query, {"l": last, "n": STEP})):
        yield rows
        last = rows[-1].id


def _words(facts: dict[str, Any]) -> set[str]:
    """Name and e-mail by words, the phone with and without its first digit and from its end."""
    visitor = facts.get("visitor") or {}
    texts = [str(visitor.get(name) or "").casefold().replace("ё", "е") for name in ("name", "email")]
    words = {word for text in texts for word in re.findall(r"[^\W_]+", text)} | {texts[1].strip()}
    digits = re.sub(r"\D", "", str(visitor.get("phone_number") or ""))
    if digits:
        words |= {digits, digits[1:] if len(digits) == 11 else digits, f"~{digits[::-1]}"}
    return {word[:64] for word in words if word}
