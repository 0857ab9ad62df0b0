"""Events of the application's own life that could not be proven yet."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import PrimaryKey, UtcDateTime


class LateEvent(Base):
    """One ONAPPINSTALL or ONAPPUPDATE. Lives an hour at most, so the rotation of keys leaves it alone."""

    __tablename__ = "late_event"

    id: Mapped[PrimaryKey]
    form: Mapped[str] = mapped_column(Text, comment="closed by the vault; an hour at most, not rotated")
    member_id: Mapped[str] = mapped_column(String(64), index=True, comment="as the form says, unproven")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
