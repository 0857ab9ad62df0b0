"""End-to-end analytics of Open Lines: hints, sessions, who works on them; the address for outgoing webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DUE = sa.text("due_at IS NOT NULL")


def _portal(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["installation_id"], ["installation.id"], name=op.f(f"fk_{table}_installation_id"), ondelete="CASCADE"
    )


def upgrade() -> None:
    _hints()
    _dialogs()
    _work()
    _webhooks()
    op.execute(
        "INSERT INTO analytics_work (installation_id, epoch, bound, cursor) SELECT id, 0, '[]', 0 FROM installation"
    )


def _hints() -> None:
    op.create_table(
        "analytics_hint",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("installation_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="lead | deal | invoice"),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False, comment="event | webhook: who told first"),
        sa.Column(
            "looks", sa.Integer(), nullable=False, comment="how often its dialogs were looked for in vain"
        ),
        sa.Column(
            "outcome",
            sa.String(length=24),
            nullable=True,
            comment="found | no_dialog | no_entity | no_deal | refused | off, null: not known yet",
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="when to look, null: settled"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _portal("analytics_hint"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analytics_hint")),
        sa.UniqueConstraint(
            "installation_id",
            "kind",
            "entity_id",
            name=op.f("uq_analytics_hint_installation_id_kind_entity_id"),
        ),
    )
    with op.batch_alter_table("analytics_hint") as batch:
        batch.create_index(
            "ix_analytics_hint_due", ["installation_id", "due_at"], sqlite_where=DUE, postgresql_where=DUE
        )


def _dialogs() -> None:
    op.create_table(
        "analytics_dialog",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("installation_id", BIG, nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False, comment="of the open line"),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("user_code", sa.String(length=255), nullable=False),
        sa.Column("connector", sa.String(length=64), nullable=False, comment="empty: not known yet"),
        sa.Column("line_id", sa.Integer(), nullable=False, comment="0: not known yet"),
        sa.Column(
            "via", sa.String(length=8), nullable=False, comment="event | webhook | list: who told first"
        ),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("deal_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "day",
            sa.String(length=10),
            nullable=False,
            comment="of its start, in the zone of the UIS account",
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True, comment="last word that was read"),
        sa.Column("finished", sa.Boolean(), nullable=False, comment="closed, says the portal"),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="see app.domain.dialogs"),
        sa.Column("reason", sa.String(length=16), nullable=True, comment="see app.domain.dialogs"),
        sa.Column(
            "problem", sa.Text(), nullable=True, comment="a stored problem of UIS: see app.uis.problem"
        ),
        sa.Column("tier", sa.String(length=9), nullable=True, comment="session | messenger | default"),
        sa.Column("target", JSON, nullable=False, comment="what it was counted for"),
        sa.Column(
            "visitor_session_id",
            sa.BigInteger(),
            nullable=True,
            comment="of UIS, as the script on the site handed it over",
        ),
        sa.Column("session_refused", sa.Boolean(), nullable=False, comment="UIS did not accept that session"),
        sa.Column(
            "ext_id", sa.String(length=64), nullable=True, comment="marker at UIS, set before it is sent"
        ),
        sa.Column("uis_id", sa.BigInteger(), nullable=True, comment="chat of the report"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="sendings"),
        sa.Column("looks", sa.Integer(), nullable=False, comment="vain look-ups since the last sending"),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), nullable=True, comment="when to look again, null: at rest"
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), nullable=True, comment="when the report of UIS showed it"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _portal("analytics_dialog"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analytics_dialog")),
        sa.UniqueConstraint(
            "installation_id", "session_id", name=op.f("uq_analytics_dialog_installation_id_session_id")
        ),
    )
    with op.batch_alter_table("analytics_dialog") as batch:
        batch.create_index(
            "ix_analytics_dialog_due", ["installation_id", "due_at"], sqlite_where=DUE, postgresql_where=DUE
        )
        batch.create_index("ix_analytics_dialog_installation_id_day_id", ["installation_id", "day", "id"])


def _work() -> None:
    op.create_table(
        "analytics_work",
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="switched on then, null: off; what was before is left alone",
        ),
        sa.Column("bound", JSON, nullable=False, comment="events that we subscribed to last"),
        sa.Column("cursor", sa.BigInteger(), nullable=False, comment="activities were read up to this id"),
        sa.Column(
            "list_due_at", sa.DateTime(timezone=True), nullable=True, comment="when to read activities again"
        ),
        sa.Column(
            "upload_after", sa.DateTime(timezone=True), nullable=True, comment="UIS is left alone until then"
        ),
        sa.Column("problem", sa.Text(), nullable=True, comment="why UIS takes nothing: see app.uis.problem"),
        sa.Column(
            "heard_at", sa.DateTime(timezone=True), nullable=True, comment="last event of a lead or deal"
        ),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True, comment="activities last read"),
        sa.Column(
            "uploaded_at", sa.DateTime(timezone=True), nullable=True, comment="UIS last took something"
        ),
        sa.Column("installation_id", BIG, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="earliest work, null: idle"),
        _portal("analytics_work"),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_analytics_work")),
    )
    with op.batch_alter_table("analytics_work") as batch:
        batch.create_index(op.f("ix_analytics_work_due_at"), ["due_at"])


def _webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("installation_id", BIG, nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="sealed: the secret part of the address"),
        sa.Column("key_hash", sa.String(length=64), nullable=False, comment="sha256 of key"),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _portal("webhook"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_webhook_key_hash")),
        sa.UniqueConstraint("installation_id", name=op.f("uq_webhook_installation_id")),
    )


def downgrade() -> None:
    for table in ("webhook", "analytics_work", "analytics_dialog", "analytics_hint"):
        op.drop_table(table)
