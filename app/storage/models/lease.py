"""What one process of the cluster does at a time: beat, and each chore."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import UtcDateTime


class LeaseRow(Base):
    """Who does it, and until when others leave it to him."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(64), primary_key=True, comment='"beat", "chore:<name>"')
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
