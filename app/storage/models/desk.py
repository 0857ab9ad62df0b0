"""The operator workplace: what is new in a portal, what a user has seen, ready answers."""

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import Json, JsonDict, PrimaryKey


class PortalNews(Base):
    """A counter per portal: it grows in the transaction that changes a conversation, which gets its value.

    The row is locked until that transaction ends, so values become visible in their order.
    """

    __tablename__ = "portal_news"

    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    answering: Mapped[JsonDict] = mapped_column(
        Json,
        default=dict,
        comment="who is writing: conversation -> user -> [unix seconds until it is over, name]",
    )


class Seen(Base):
    """Up to which message of the client a user has read a conversation."""

    __tablename__ = "seen"
    __table_args__ = (Index("ix_seen_installation_id_user_id", "installation_id", "user_id"),)

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Bitrix24 user")
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(BigInteger, comment="id in UIS")


class QuickReply(Base):
    """A ready answer; its text is a Liquid template over the facts of a conversation."""

    __tablename__ = "quick_reply"
    __table_args__ = (Index("ix_quick_reply_installation_id_place", "installation_id", "place"),)

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    place: Mapped[int] = mapped_column(comment="order in the list")
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
