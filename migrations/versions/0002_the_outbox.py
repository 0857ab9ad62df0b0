"""The outbox: messages on their way to open lines and to clients, and the lane that carries them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
UNSETTLED = sa.text("state IN ('waiting', 'sent')")
DOUBTED = sa.text("state = 'in_doubt' AND look_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True,
            comment="null: its chat is not begun yet",
        ),
        sa.Column("exit", sa.String(length=8), nullable=False, comment="line | uis"),
        sa.Column(
            "thread", sa.String(length=80), nullable=False,
            comment="letters of one thread leave in the order of ids",
        ),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="see app.domain.mail and the exits"),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="see app.domain.mail"),
        sa.Column("result", JSON, nullable=False, comment="what it is called on the other side"),
        sa.Column("problem", sa.Text(), nullable=True, comment="code and words of the vendor"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "look_at", sa.DateTime(timezone=True), nullable=True,
            comment="waiting: not before; in doubt: when to look it up",
        ),
        sa.Column("author_id", sa.Integer(), nullable=True, comment="Bitrix24 user who wrote it"),
        sa.Column(
            "sent_at", sa.DateTime(timezone=True), nullable=True, comment="when the intent was committed"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_outbox_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f("fk_outbox_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("installation_id", "key", name=op.f("uq_outbox_installation_id_key")),
    )  # fmt: skip
    with op.batch_alter_table("outbox") as batch:
        batch.create_index("ix_outbox_conversation_id_id", ["conversation_id", "id"])
        for name, columns, where in (
            ("ix_outbox_unsettled", ["installation_id", "id"], UNSETTLED),
            ("ix_outbox_doubted", ["installation_id", "look_at"], DOUBTED),
        ):
            batch.create_index(name, columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "mail_work",
        sa.Column(
            "installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False,
            nullable=False,
        ),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), nullable=True, comment="earliest work, null: idle"
        ),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f("fk_mail_work_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_mail_work")),
    )  # fmt: skip
    with op.batch_alter_table("mail_work") as batch:
        batch.create_index(op.f("ix_mail_work_due_at"), ["due_at"])
    op.execute("INSERT INTO mail_work (installation_id, epoch) SELECT id, 0 FROM installation")


def downgrade() -> None:
    op.drop_table("mail_work")
    op.drop_table("outbox")
