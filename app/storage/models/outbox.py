"""The outbox: messages on their way to an open line or to a client, a row each."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.models.inbox import Lane
from app.storage.types import Json, JsonDict, PrimaryKey, UtcDateTime

_UNSETTLED = text("state IN ('waiting', 'sent')")
_DOUBTED = text("state = 'in_doubt'")
_TROUBLED = text("state IN ('failed', 'in_doubt')")
_KNOWN_THERE = text("remote_id IS NOT NULL")


class OutboxRow(Base):
    """One letter. `key` makes a repeated order fall on the same row."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("installation_id", "key"),
        # Serves `queries.outbox.unsettled`: its size is that of the backlog, however many rows are kept.
        Index(
            "ix_outbox_unsettled", "installation_id", "id",
            sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED,
        ),
        # Serves `queries.outbox.doubted` and `.unheard`.
        Index(
            "ix_outbox_doubted", "installation_id", "look_at",
            sqlite_where=_DOUBTED, postgresql_where=_DOUBTED,
        ),
        Index("ix_outbox_conversation_id_id", "conversation_id", "id"),
        # Serves the journal: conversations with letters that a person should look at.
        Index(
            "ix_outbox_troubled", "installation_id", "conversation_id",
            sqlite_where=_TROUBLED, postgresql_where=_TROUBLED,
        ),
        # Serves `queries.outbox.by_remote`.
        Index(
            "ix_outbox_remote", "installation_id", "remote_id",
            sqlite_where=_KNOWN_THERE, postgresql_where=_KNOWN_THERE,
        ),
    )  # fmt: skip

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), comment="null: its chat is not begun yet"
    )
    exit: Mapped[str] = mapped_column(String(8), comment="line | uis")
    thread: Mapped[str] = mapped_column(
        String(80), comment="letters of one thread leave in the order of ranks, then ids"
    )
    rank: Mapped[int] = mapped_column(
        BigInteger, default=0, server_default="0", comment="number of the message where it was written"
    )
    kind: Mapped[str] = mapped_column(String(16), comment="see app.domain.mail and the exits")
    key: Mapped[str] = mapped_column(String(160))
    body: Mapped[JsonDict] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(8), default="waiting", comment="see app.domain.mail")
    result: Mapped[JsonDict] = mapped_column(
        Json, default=dict, comment="what it is called on the other side"
    )
    remote_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="id that the message has in UIS, once it is known"
    )
    problem: Mapped[str | None] = mapped_column(Text, comment="code and words of the vendor")
    attempts: Mapped[int] = mapped_column(default=0)
    look_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="waiting: not before; in doubt: when to look it up"
    )
    author_id: Mapped[int | None] = mapped_column(comment="Bitrix24 user who wrote it")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when the intent was committed")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MailWork(Lane, Base):
    """Who carries a portal's letters: a lane beside `PortalWork`, so that messages do not wait for the CRM."""

    __tablename__ = "mail_work"
