"""When the other administrators were told that somebody's authorization is over."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("chain") as batch:
        batch.add_column(
            sa.Column(
                "told_at", sa.DateTime(timezone=True), nullable=True,
                comment="the other administrators were told that it is dead",
            )
        )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("chain") as batch:
        batch.drop_column("told_at")
