"""Since when a portal is held, and when somebody was last told of its work."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

LANES = ("portal_work", "mail_work", "analytics_work")


def upgrade() -> None:
    for lane in LANES:
        with op.batch_alter_table(lane) as batch:
            batch.add_column(
                sa.Column(
                    "claimed_at", sa.DateTime(timezone=True), nullable=True, comment="since when it is held"
                )
            )
            batch.add_column(
                sa.Column(
                    "woken_at", sa.DateTime(timezone=True), nullable=True,
                    comment="when a wake-up was last sent for it",
                )
            )  # fmt: skip


def downgrade() -> None:
    for lane in LANES:
        with op.batch_alter_table(lane) as batch:
            batch.drop_column("woken_at")
            batch.drop_column("claimed_at")
