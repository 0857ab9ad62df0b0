"""Open lines: their state, dialogs with visitors, and what letters need to keep order and be found again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TROUBLED = sa.text("state IN ('failed', 'in_doubt')")
DOUBTED_DUE = sa.text("state = 'in_doubt' AND look_at IS NOT NULL")
DOUBTED = sa.text("state = 'in_doubt'")
KNOWN_THERE = sa.text("remote_id IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("conversation") as batch:
        batch.add_column(
            sa.Column(
                "window_until", sa.DateTime(timezone=True), nullable=True,
                comment="WABA: free text may be sent until then; null: never told",
            )
        )  # fmt: skip
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(
            sa.Column(
                "rank", sa.BigInteger(), nullable=False, server_default="0",
                comment="number of the message where it was written",
            )
        )  # fmt: skip
        batch.add_column(
            sa.Column(
                "remote_id", sa.BigInteger(), nullable=True,
                comment="id that the message has in UIS, once it is known",
            )
        )  # fmt: skip
        batch.alter_column(
            "thread", existing_type=sa.String(length=80), existing_nullable=False,
            comment="letters of one thread leave in the order of ranks, then ids",
            existing_comment="letters of one thread leave in the order of ids",
        )  # fmt: skip
        batch.drop_index("ix_outbox_doubted")
        batch.create_index(
            "ix_outbox_doubted", ["installation_id", "look_at"],
            sqlite_where=DOUBTED, postgresql_where=DOUBTED,
        )  # fmt: skip
        batch.create_index(
            "ix_outbox_troubled", ["installation_id", "conversation_id"],
            sqlite_where=TROUBLED, postgresql_where=TROUBLED,
        )  # fmt: skip
        batch.create_index(
            "ix_outbox_remote", ["installation_id", "remote_id"],
            sqlite_where=KNOWN_THERE, postgresql_where=KNOWN_THERE,
        )  # fmt: skip
    _lines()
    _dialogs()


def _lines() -> None:
    op.create_table(
        "open_line",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("installation_id", BIG, nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="see LineState"),
        sa.Column(
            "problem", JSON, nullable=True, comment='why switching did not succeed: {"code", "params"}'
        ),
        sa.Column(
            "live", JSON, nullable=False, comment="settings and connectors as they were read: see bitrix_app.open_lines"
        ),
        sa.Column(
            "checked_at", sa.DateTime(timezone=True), nullable=True, comment="when the portal was asked"
        ),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f("fk_open_line_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_line")),
        sa.UniqueConstraint("installation_id", "line_id", name=op.f("uq_open_line_installation_id_line_id")),
    )  # fmt: skip
    op.create_table(
        "lines_work",
        sa.Column("installation_id", BIG, autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="null: nothing to do"),
        sa.Column(
            "lease_until", sa.DateTime(timezone=True), nullable=True, comment="somebody is at it until then"
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="failures in a row"),
        sa.Column(
            "read_at", sa.DateTime(timezone=True), nullable=True, comment="when all lines were read last"
        ),
        sa.Column("problem", sa.Text(), nullable=True, comment="code and words of why the last run failed"),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f("fk_lines_work_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_lines_work")),
    )  # fmt: skip
    with op.batch_alter_table("lines_work") as batch:
        batch.create_index(op.f("ix_lines_work_due_at"), ["due_at"])


def _dialogs() -> None:
    op.create_table(
        "line_dialog",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("installation_id", BIG, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False, comment="chat_channel_id of the set-up list"),
        sa.Column("chat_key", sa.String(length=64), nullable=False, comment="chat.id that the line was given"),
        sa.Column("user_key", sa.String(length=64), nullable=False, comment="user.id that the line was given"),
        sa.Column("visitor_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "chat_id", sa.BigInteger(), nullable=False, comment="chat of UIS that operators' words go to"
        ),
        sa.Column("im_chat_id", sa.BigInteger(), nullable=True, comment="session.CHAT_ID of Bitrix24"),
        sa.Column("session_id", sa.BigInteger(), nullable=True, comment="session.ID of Bitrix24"),
        sa.Column(
            "finished_at", sa.DateTime(timezone=True), nullable=True,
            comment="when we heard of its end in the line",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f("fk_line_dialog_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_dialog")),
        sa.UniqueConstraint(
            "installation_id", "chat_key", name=op.f("uq_line_dialog_installation_id_chat_key")
        ),
    )  # fmt: skip
    with op.batch_alter_table("line_dialog") as batch:
        for column in ("visitor_id", "chat_id", "im_chat_id"):
            batch.create_index(f"ix_line_dialog_installation_id_{column}", ["installation_id", column])


def downgrade() -> None:
    for table in ("line_dialog", "lines_work", "open_line"):
        op.drop_table(table)
    with op.batch_alter_table("outbox") as batch:
        batch.drop_index("ix_outbox_remote")
        batch.drop_index("ix_outbox_troubled")
        batch.drop_index("ix_outbox_doubted")
        batch.create_index(
            "ix_outbox_doubted", ["installation_id", "look_at"],
            sqlite_where=DOUBTED_DUE, postgresql_where=DOUBTED_DUE,
        )  # fmt: skip
        batch.alter_column(
            "thread", existing_type=sa.String(length=80), existing_nullable=False,
            comment="letters of one thread leave in the order of ids",
            existing_comment="letters of one thread leave in the order of ranks, then ids",
        )  # fmt: skip
        batch.drop_column("remote_id")
        batch.drop_column("rank")
    with op.batch_alter_table("conversation") as batch:
        batch.drop_column("window_until")
