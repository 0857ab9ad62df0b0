"""What a portal has used of its limits, shared by all processes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_budget",
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column(
            "empty_at", sa.Float(precision=53), nullable=False,
            comment="unix seconds of the database's clock: when the leaky bucket will have run empty",
        ),
        sa.Column(
            "penalty", sa.Float(precision=53), nullable=False,
            comment="seconds of the last pause after a refusal",
        ),
        sa.Column(
            "refused_at", sa.Float(precision=53), nullable=False,
            comment="unix seconds: the portal's last refusal",
        ),
        sa.Column(
            "operating", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False,
            comment="see bitrix_app.limits.operating, in the portal's clock",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_portal_budget")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("portal_budget")
