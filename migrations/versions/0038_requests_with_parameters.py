"""The log of requests has parameters and answers, masked; life events that could not be proven wait."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

COMMANDS = "per command of a batch"


def upgrade() -> None:
    """Columns that may be empty: no row is touched, and the processes of the release before write on."""
    op.add_column(
        "request_log", sa.Column("params", sa.Text(), nullable=True, comment="of a single request, masked")
    )
    op.add_column(
        "request_log",
        sa.Column("answer", sa.Text(), nullable=True, comment="its shape: what it is, ids, how many"),
    )
    _say(f"[method, outcome, parameters, answer] {COMMANDS}")
    _late_events()


def downgrade() -> None:
    op.drop_table("late_event")
    with op.batch_alter_table("request_log") as batch_op:
        batch_op.drop_column("answer")
        batch_op.drop_column("params")
    _say(f"[method, outcome] {COMMANDS}")


def _late_events() -> None:
    op.create_table(
        "late_event",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column(
            "form", sa.Text(), nullable=False, comment="closed by the vault; an hour at most, not rotated"
        ),
        sa.Column("member_id", sa.String(length=64), nullable=False, comment="as the form says, unproven"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_event")),
    )
    op.create_index("ix_late_event_member_id", "late_event", ["member_id"])


def _say(words: str) -> None:
    """SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN request_log.commands IS '{words}'")
