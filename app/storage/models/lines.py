"""Open lines of a portal: their state, and the dialogs that carry chats of UIS."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import Json, JsonDict, PrimaryKey, UtcDateTime


class LineState(StrEnum):
    """Where our connector stands on a line."""

    OFF = "off"  # not joined, and not to be
    JOINING = "joining"  # to be switched on; not confirmed yet
    ON = "on"  # switched on by us and confirmed
    STOPPED = "stopped"  # was on, and somebody switched it off in the portal: shown, repaired on request only
    LEAVING = "leaving"  # to be switched off; not confirmed yet
    GONE = "gone"  # the line was deleted in the portal


class OpenLine(Base):
    """One open line as it was seen last, and what our connector is to be there."""

    __tablename__ = "open_line"
    __table_args__ = (UniqueConstraint("installation_id", "line_id"),)

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    line_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(255), default="")
    state: Mapped[str] = mapped_column(String(8), default=LineState.OFF, comment="see LineState")
    problem: Mapped[JsonDict | None] = mapped_column(
        Json, comment='why switching did not succeed: {"code", "params"}'
    )
    live: Mapped[JsonDict] = mapped_column(
        Json,
        default=dict,
        comment="settings and connectors as they were read: see bitrix_app.open_lines",
    )
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when the portal was asked")


class LinesWork(Base):
    """Making a portal's lines match the settings: who does it, when it is due, how it went last."""

    __tablename__ = "lines_work"

    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True, comment="null: nothing to do")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="somebody is at it until then")
    attempts: Mapped[int] = mapped_column(default=0, comment="failures in a row")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when all lines were read last")
    problem: Mapped[str | None] = mapped_column(Text, comment="code and words of why the last run failed")


class LineDialog(Base):
    """A dialog of a line with one visitor of one channel. What was sent as its identity is never computed again."""

    __tablename__ = "line_dialog"
    __table_args__ = (
        UniqueConstraint("installation_id", "chat_key"),
        # Serve `queries.lines`.
        Index("ix_line_dialog_installation_id_visitor_id", "installation_id", "visitor_id"),
        Index("ix_line_dialog_installation_id_chat_id", "installation_id", "chat_id"),
        Index("ix_line_dialog_installation_id_im_chat_id", "installation_id", "im_chat_id"),
    )  # fmt: skip

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    channel_id: Mapped[int] = mapped_column(BigInteger, comment="chat_channel_id of the set-up list")
    chat_key: Mapped[str] = mapped_column(String(64), comment="chat.id that the line was given")
    user_key: Mapped[str] = mapped_column(String(64), comment="user.id that the line was given")
    visitor_id: Mapped[int | None] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    line_id: Mapped[int] = mapped_column(BigInteger)
    chat_id: Mapped[int] = mapped_column(BigInteger, comment="chat of UIS that operators' words go to")
    im_chat_id: Mapped[int | None] = mapped_column(BigInteger, comment="session.CHAT_ID of Bitrix24")
    session_id: Mapped[int | None] = mapped_column(BigInteger, comment="session.ID of Bitrix24")
    finished_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="when we heard of its end in the line"
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
