"""What all processes have counted together; indexes for conversations in trouble and for old plans."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TROUBLE = sa.text("state IN ('failed', 'in_doubt')")


def upgrade() -> None:
    op.create_table(
        "meter",
        sa.Column("name", sa.String(length=64), nullable=False, comment="see app.base.meters"),
        sa.Column("label", sa.String(length=160), nullable=False, comment="label values joined by a bar"),
        sa.Column("value", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("name", "label", name=op.f("pk_meter")),
    )
    with op.batch_alter_table("conversation") as batch:
        batch.create_index(
            "ix_conversation_trouble",
            ["installation_id", "state"],
            sqlite_where=TROUBLE,
            postgresql_where=TROUBLE,
        )

    with op.batch_alter_table("plan") as batch:
        batch.create_index("ix_plan_settled_at", ["settled_at"])


def downgrade() -> None:
    with op.batch_alter_table("plan") as batch:
        batch.drop_index("ix_plan_settled_at")
    with op.batch_alter_table("conversation") as batch:
        batch.drop_index("ix_conversation_trouble")
    op.drop_table("meter")
