"""The log of requests has their parameters and the shape of their answers, masked."""

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


def downgrade() -> None:
    with op.batch_alter_table("request_log") as batch_op:
        batch_op.drop_column("answer")
        batch_op.drop_column("params")
    _say(f"[method, outcome] {COMMANDS}")


def _say(words: str) -> None:
    """SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN request_log.commands IS '{words}'")
