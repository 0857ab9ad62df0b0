"""End-to-end analytics of Open Lines: what events told of, the sessions found, and who works on them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.models.inbox import Lane
from app.storage.types import Json, JsonDict, JsonList, PrimaryKey, UtcDateTime

_DUE = text("due_at IS NOT NULL")


class AnalyticsHint(Base):
    """A lead or deal that an event told of: its dialogs are looked for. However often it is told, it is one row."""

    __tablename__ = "analytics_hint"
    __table_args__ = (
        UniqueConstraint("installation_id", "kind", "entity_id"),
        # Serves `queries.analytics.due_hints`.
        Index("ix_analytics_hint_due", "installation_id", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
    )

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8), comment="lead | deal | invoice")
    entity_id: Mapped[int] = mapped_column(BigInteger)
    via: Mapped[str] = mapped_column(String(8), comment="event | webhook: who told first")
    looks: Mapped[int] = mapped_column(default=0, comment="how often its dialogs were looked for in vain")
    outcome: Mapped[str | None] = mapped_column(
        String(24), comment="found | no_dialog | no_entity | no_deal | refused | off, null: not known yet"
    )
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when to look, null: settled")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnalyticsDialog(Base):
    """One session of an open line: one chat at UIS. It holds no word of what was said."""

    __tablename__ = "analytics_dialog"
    __table_args__ = (
        UniqueConstraint("installation_id", "session_id"),
        # Serves `queries.analytics.due`.
        Index(
            "ix_analytics_dialog_due", "installation_id", "due_at", sqlite_where=_DUE, postgresql_where=_DUE
        ),
        # Serves the report and its lists.
        Index("ix_analytics_dialog_installation_id_day_id", "installation_id", "day", "id"),
    )

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(BigInteger, comment="of the open line")
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    user_code: Mapped[str] = mapped_column(String(255), default="")
    connector: Mapped[str] = mapped_column(String(64), default="", comment="empty: not known yet")
    line_id: Mapped[int] = mapped_column(default=0, comment="0: not known yet")
    via: Mapped[str] = mapped_column(String(8), comment="event | webhook | list: who told first")
    lead_id: Mapped[int | None] = mapped_column(BigInteger)
    deal_id: Mapped[int | None] = mapped_column(BigInteger)
    contact_id: Mapped[int | None] = mapped_column(BigInteger)
    company_id: Mapped[int | None] = mapped_column(BigInteger)
    day: Mapped[str] = mapped_column(String(10), comment="of its start, in the zone of the UIS account")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="last word that was read")
    finished: Mapped[bool] = mapped_column(default=False, comment="closed, says the portal")
    messages: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(8), default="found", comment="see app.domain.dialogs")
    reason: Mapped[str | None] = mapped_column(String(16), comment="see app.domain.dialogs")
    problem: Mapped[str | None] = mapped_column(Text, comment="a stored problem of UIS: see app.uis.problem")
    tier: Mapped[str | None] = mapped_column(String(9), comment="session | messenger | default")
    target: Mapped[JsonDict] = mapped_column(Json, default=dict, comment="what it was counted for")
    visitor_session_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="of UIS, as the script on the site handed it over"
    )
    session_refused: Mapped[bool] = mapped_column(default=False, comment="UIS did not accept that session")
    ext_id: Mapped[str | None] = mapped_column(String(64), comment="marker at UIS, set before it is sent")
    uis_id: Mapped[int | None] = mapped_column(BigInteger, comment="chat of the report")
    attempts: Mapped[int] = mapped_column(default=0, comment="sendings")
    looks: Mapped[int] = mapped_column(default=0, comment="vain look-ups since the last sending")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when to look again, null: at rest")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    uploaded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when the report of UIS showed it")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnalyticsWork(Lane, Base):
    """Who works on a portal's analytics, and what is remembered of it."""

    __tablename__ = "analytics_work"

    since: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="switched on then, null: off; what was before is left alone"
    )
    bound: Mapped[JsonList] = mapped_column(Json, default=list, comment="events that we subscribed to last")
    cursor: Mapped[int] = mapped_column(BigInteger, default=0, comment="activities were read up to this id")
    list_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when to read activities again")
    upload_after: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="UIS is left alone until then")
    problem: Mapped[str | None] = mapped_column(Text, comment="why UIS takes nothing: see app.uis.problem")
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="last event of a lead or deal")
    listed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="activities last read")
    uploaded_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="UIS last took something")


class Webhook(Base):
    """The secret address for an outgoing webhook of the portal's administrators. At most one per installation."""

    __tablename__ = "webhook"

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), unique=True
    )
    key: Mapped[str] = mapped_column(Text, comment="sealed: the secret part of the address")
    key_hash: Mapped[str] = mapped_column(String(64), unique=True, comment="sha256 of key")
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
