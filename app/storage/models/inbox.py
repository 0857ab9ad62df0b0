"""The inbox is the truth: a row per acknowledged event. Beside it, who works on which portal."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import PrimaryKey, UtcDateTime, exact


class InboxRow(Base):
    """One event as it came. `dedup_key` makes a repeat fall on the same row; those of one chat begin alike."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("installation_id", "dedup_key"),
        # Serves `queries.inbox.pending`: its size is that of the backlog, however many rows are kept.
        Index(
            "ix_inbox_pending", "installation_id", "id",
            sqlite_where=text("state = 'new'"), postgresql_where=text("state = 'new'"),
        ),
        Index("ix_inbox_received_at", "received_at"),
    )  # fmt: skip

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(16), comment="uis | bitrix | poll")
    kind: Mapped[str] = mapped_column(String(48), comment="path of the callback or name of the event")
    dedup_key: Mapped[str] = mapped_column(exact(160))
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="as received")
    state: Mapped[str] = mapped_column(String(8), default="new", comment="new | done | failed")
    problem: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Lane:
    """Who works on a portal. Claimed by compare-and-set; every write of the holder carries its epoch."""

    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    epoch: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="since when it is held")
    due_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, index=True, comment="earliest work, null: idle"
    )
    woken_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="when a wake-up was last sent for it"
    )


class PortalWork(Lane, Base):
    """Who drains a portal."""

    __tablename__ = "portal_work"
