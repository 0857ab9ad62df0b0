"""Where credentials were asked for, so that one address cannot ask without end."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pending_connect") as table:
        table.add_column(
            sa.Column(
                "source",
                sa.String(length=64),
                nullable=True,
                comment="keyed hash of the address it came from",
            )
        )
    op.create_index("ix_pending_connect_source_created_at", "pending_connect", ["source", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_pending_connect_source_created_at", "pending_connect")
    with op.batch_alter_table("pending_connect") as table:
        table.drop_column("source")
