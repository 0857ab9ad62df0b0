"""A conversation, its messages, its plans, and the keys of its client."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import Json, JsonDict, JsonList, PrimaryKey, UtcDateTime, exact

_BEGAN = text("coalesce(started_at, created_at)")
"""When a communication began, as far as it is known: what the journal is sorted by."""

_WAITS = text("waits_since IS NOT NULL")


def _began(context: Any) -> datetime:
    """Before anything was said."""
    row = context.get_current_parameters()
    began: datetime = row.get("started_at") or row["created_at"]
    return began


class Conversation(Base):
    """A chat or an offline request: what is known, what was made, and when to look at it again.

    It is the entry of the journal as well.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("installation_id", "kind", "source_id"),
        # Serves `queries.conversations.due`.
        Index(
            "ix_conversation_due", "installation_id", "due_at",
            sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL"),
        ),
        # Serves `queries.figures.in_trouble`, however many are done.
        Index(
            "ix_conversation_trouble", "installation_id", "state",
            sqlite_where=text("state IN ('failed', 'in_doubt')"),
            postgresql_where=text("state IN ('failed', 'in_doubt')"),
        ),
        Index("ix_conversation_installation_id_id", "installation_id", "id"),
        # Serve `queries.journal`: newest first, alone and by state or channel.
        Index("ix_conversation_journal", "installation_id", _BEGAN, "id"),
        Index("ix_conversation_state", "installation_id", "state", _BEGAN, "id"),
        Index("ix_conversation_channel", "installation_id", "channel_id", _BEGAN, "id"),
        Index("ix_conversation_installation_id_visitor_id", "installation_id", "visitor_id"),
        # Serve `queries.desk`: lists of the operator workplace, newest word first.
        Index("ix_conversation_last", "installation_id", "kind", "last_at", "id"),
        Index("ix_conversation_operator", "installation_id", "operator_id", "last_at", "id"),
        Index(
            "ix_conversation_waits", "installation_id", "waits_since", "id",
            sqlite_where=_WAITS, postgresql_where=_WAITS,
        ),
        # Serves `queries.news`.
        Index("ix_conversation_news", "installation_id", "news"),
    )  # fmt: skip

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8), comment="chat | offline")
    source_id: Mapped[int] = mapped_column(BigInteger, comment="chat_id of UIS, or id of the offline request")
    account: Mapped[str] = mapped_column(
        String(32), comment="UIS account (app_id) it belongs to; part of markers"
    )
    channel_id: Mapped[int | None] = mapped_column(BigInteger, comment="chat_channel_id of the set-up list")
    visitor_id: Mapped[int | None] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    operator_id: Mapped[int | None] = mapped_column(BigInteger)
    initiator: Mapped[str | None] = mapped_column(String(32))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when we heard of the close")
    reported_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="first row of the report folded in"
    )
    close_reason: Mapped[str | None] = mapped_column(String(48))
    window_until: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="WABA: free text may be sent until then; null: never told"
    )
    facts: Mapped[JsonDict] = mapped_column(Json, default=dict, comment="nested source facts")
    ledger: Mapped[JsonDict] = mapped_column(
        Json, default=dict, comment="what was made: see app.domain.ledger"
    )
    state: Mapped[str] = mapped_column(
        String(12), default="waiting", comment="waiting|done|filtered|failed|in_doubt"
    )
    problem: Mapped[str | None] = mapped_column(Text, comment="code and words of what is wrong")
    reason: Mapped[str | None] = mapped_column(String(48), comment="code of why nothing was made")
    attempts: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0, comment="grows with every event folded in")
    decided: Mapped[int] = mapped_column(default=-1, comment="value of `changed` that the last decision saw")
    due_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="when to look at it again, null: at rest"
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=_began, comment="when something was said last; before that, when it began"
    )
    client_message_id: Mapped[int | None] = mapped_column(BigInteger, comment="the client's last message")
    operator_message_id: Mapped[int | None] = mapped_column(BigInteger, comment="the last of an operator")
    waits_since: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="the client has the last word since then, null: answered, or closed"
    )
    news: Mapped[int] = mapped_column(
        BigInteger, default=0, comment="the portal's counter of news at the last change"
    )
    card: Mapped[JsonDict | None] = mapped_column(
        Json, comment='the CRM card that an operator wrote first from: {"type", "id"}'
    )


class Message(Base):
    """One message of a conversation; known by its id in UIS."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("conversation_id", "message_id"),)

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(16), default="visitor")
    operator_id: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str | None] = mapped_column(String(16))
    mnemonic: Mapped[str | None] = mapped_column(String(64))
    resource: Mapped[JsonDict | None] = mapped_column(Json)
    reply_to_id: Mapped[int | None] = mapped_column(BigInteger)


class PlanRow(Base):
    """A plan in flight or settled. At most one plan of a conversation is open."""

    __tablename__ = "plan"
    __table_args__ = (
        Index(
            "uq_plan_open", "conversation_id", unique=True,
            sqlite_where=text("settled_at IS NULL"), postgresql_where=text("settled_at IS NULL"),
        ),
        Index("ix_plan_conversation_id_id", "conversation_id", "id"),
        # Serves `queries.cleaning.old_plans`.
        Index("ix_plan_settled_at", "settled_at"),
    )  # fmt: skip

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    steps: Mapped[JsonList] = mapped_column(Json, comment="see app.domain.plan")
    effects: Mapped[JsonDict] = mapped_column(
        Json, default=dict, comment="what the ledger gets when it is settled"
    )
    explanation: Mapped[JsonList] = mapped_column(Json, default=list, comment="why, as data")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClientKey(Base):
    """A key of a client (phone, e-mail, visitor, person) and the conversations that carried it.

    Cards of the CRM are keys as well ("lead:81", "dynamic_1036:5"): their tab finds its conversations by them.
    """

    __tablename__ = "client_key"
    __table_args__ = (
        UniqueConstraint("installation_id", "key", "conversation_id"),
        Index("ix_client_key_conversation_id", "conversation_id"),
    )

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(
        String(160), comment='"phone:+7916…", "email:…", "visitor:…", "person:…"'
    )
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))


class ClientWord(Base):
    """A word by whose beginning the client of a conversation is found: see app.rules.search_words."""

    __tablename__ = "client_word"
    __table_args__ = (Index("ix_client_word_conversation_id", "conversation_id"),)

    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    word: Mapped[str] = mapped_column(exact(64), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class SaidWord(Base):
    """A word by whose beginning a chat is found, and the message that said it first: see app.rules.search_words."""

    __tablename__ = "said_word"
    __table_args__ = (Index("ix_said_word_conversation_id", "conversation_id", "word"),)

    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    word: Mapped[str] = mapped_column(exact(64), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    message_id: Mapped[int] = mapped_column(BigInteger, comment="id in UIS")


class Visitor(Base):
    """The card of a visitor: it may arrive before the chat that it belongs to."""

    __tablename__ = "visitor"
    __table_args__ = (UniqueConstraint("installation_id", "visitor_id"),)

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    visitor_id: Mapped[int] = mapped_column(BigInteger)
    card: Mapped[JsonDict] = mapped_column(Json, default=dict, comment="facts under visitor.*")
