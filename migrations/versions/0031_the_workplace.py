"""The operator workplace: who said what last, what is new, what was read, ready answers."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
WAITS = sa.text("waits_since IS NOT NULL")
INDEXES = (
    ("ix_conversation_last", ["installation_id", "kind", "last_at", "id"], None),
    ("ix_conversation_operator", ["installation_id", "operator_id", "last_at", "id"], None),
    ("ix_conversation_waits", ["installation_id", "waits_since", "id"], WAITS),
    ("ix_conversation_news", ["installation_id", "news"], None),
)


def upgrade() -> None:
    _columns()
    _fill()
    _link()
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("conversation", "last_at", server_default=None)
        op.alter_column("conversation", "news", server_default=None)
    for name, columns, where in INDEXES:
        op.create_index(name, "conversation", columns, sqlite_where=where, postgresql_where=where)
    _news()
    _seen()
    _replies()


def _columns() -> None:
    """Added one by one: a table that SQLite makes anew loses what refers to it."""
    with op.batch_alter_table("conversation", recreate="never") as batch:
        batch.add_column(
            sa.Column(
                "last_at", MOMENT, nullable=False, server_default="1970-01-01 00:00:00",
                comment="when something was said last; before that, when it began",
            )
        )  # fmt: skip
        batch.add_column(
            sa.Column(
                "client_message_id", sa.BigInteger(), nullable=True, comment="the client's last message"
            )
        )
        batch.add_column(
            sa.Column(
                "operator_message_id", sa.BigInteger(), nullable=True, comment="the last of an operator"
            )
        )
        batch.add_column(
            sa.Column(
                "waits_since", MOMENT, nullable=True,
                comment="the client has the last word since then, null: answered, or closed",
            )
        )  # fmt: skip
        batch.add_column(
            sa.Column(
                "news", sa.BigInteger(), nullable=False, server_default="0",
                comment="the portal's counter of news at the last change",
            )
        )  # fmt: skip
        batch.add_column(
            sa.Column(
                "card", JSON, nullable=True,
                comment='the CRM card that an operator wrote first from: {"type", "id"}',
            )
        )  # fmt: skip


def _fill() -> None:
    """What the messages that are there already say."""
    said = (
        "SELECT max({what}) FROM message m WHERE m.conversation_id = conversation.id AND m.source = '{who}'"
    )
    op.execute(
        f"UPDATE conversation SET client_message_id = ({said.format(what='message_id', who='visitor')}),"
        f" operator_message_id = ({said.format(what='message_id', who='operator')})"
    )
    op.execute(
        "UPDATE conversation SET last_at = coalesce("
        "(SELECT max(m.sent_at) FROM message m WHERE m.conversation_id = conversation.id"
        " AND m.source IN ('visitor', 'operator')), started_at, created_at)"
    )
    op.execute(
        "UPDATE conversation SET waits_since = (SELECT min(m.sent_at) FROM message m"
        " WHERE m.conversation_id = conversation.id AND m.source = 'visitor'"
        " AND m.message_id > coalesce(conversation.operator_message_id, 0))"
        " WHERE kind = 'chat' AND closed_at IS NULL"
    )


def _link() -> None:
    """Cards find the conversations that belonged to them before."""
    connection, last = op.get_bind(), 0
    query = sa.text(
        "SELECT id, installation_id, ledger FROM conversation WHERE id > :l ORDER BY id LIMIT 500"
    )
    insert = sa.text(
        "INSERT INTO client_key (installation_id, key, conversation_id) VALUES (:i, :k, :c) ON CONFLICT DO NOTHING"
    )
    while rows := list(connection.execute(query, {"l": last})):
        last = rows[-1].id
        links = [
            {"i": row.installation_id, "k": f"{kind}:{number}", "c": row.id}
            for row in rows
            for kind, number in _entities(row.ledger).items()
            if number
        ]
        if links:
            connection.execute(insert, links)


def _entities(ledger: Any) -> dict[str, int]:
    kept = json.loads(ledger) if isinstance(ledger, str) else ledger
    return kept.get("entities") or {}


def _news() -> None:
    op.create_table(
        "portal_news",
        sa.Column("installation_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "answering", JSON, nullable=False,
            comment="who is writing: conversation -> user -> [unix seconds until it is over, name]",
        ),
        _of_installation("portal_news"),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_portal_news")),
    )  # fmt: skip
    op.execute(
        "INSERT INTO portal_news (installation_id, version, answering) SELECT id, 0, '{}' FROM installation"
    )


def _seen() -> None:
    op.create_table(
        "seen",
        sa.Column("conversation_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False, comment="Bitrix24 user"),
        sa.Column("installation_id", NUMBER, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False, comment="id in UIS"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_seen_conversation_id"), ondelete="CASCADE"
        ),
        _of_installation("seen"),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("pk_seen")),
    )
    op.create_index("ix_seen_installation_id_user_id", "seen", ["installation_id", "user_id"])


def _replies() -> None:
    op.create_table(
        "quick_reply",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("installation_id", NUMBER, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="order in the list"),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _of_installation("quick_reply"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_reply")),
    )
    op.create_index("ix_quick_reply_installation_id_place", "quick_reply", ["installation_id", "place"])


def _of_installation(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_installation_id")
    return sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for table in ("quick_reply", "seen", "portal_news"):
        op.drop_table(table)
    # Not in a batch: SQLite would make the table anew, and dropping the old one would drop its messages.
    for name, _, _ in INDEXES:
        op.drop_index(name, "conversation")
    for name in ("card", "news", "waits_since", "operator_message_id", "client_message_id", "last_at"):
        op.drop_column("conversation", name)
