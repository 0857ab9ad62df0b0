"""REST requests and answers, masked, kept three days (the Market demands it)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import Json, JsonList, PrimaryKey, UtcDateTime


class RequestLog(Base):
    """One request to Bitrix24. Bodies are masked before they come here: ids and codes, no personal data."""

    __tablename__ = "request_log"
    __table_args__ = (
        Index("ix_request_log_at", "at"),
        Index("ix_request_log_installation_id_id", "installation_id", "id"),
    )

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    method: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    milliseconds: Mapped[int]
    commands: Mapped[JsonList] = mapped_column(
        Json, default=list, comment="[method, outcome, parameters, answer] per command of a batch"
    )
    params: Mapped[str | None] = mapped_column(Text, comment="of a single request, masked")
    answer: Mapped[str | None] = mapped_column(Text, comment="its shape: what it is, ids, how many")
    problem: Mapped[str | None] = mapped_column(Text)
