"""A connection to UIS: adapter, account, channels, keys."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import Json, JsonDict, JsonList, PrimaryKey, UtcDateTime


class UisConnection(Base):
    """One portal's UIS account. At most one per installation."""

    __tablename__ = "uis_connection"

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), unique=True
    )
    key: Mapped[str] = mapped_column(Text, comment="sealed: the secret part of the callback address")
    key_hash: Mapped[str] = mapped_column(String(64), unique=True, comment="sha256 of key")
    webhook_token: Mapped[str] = mapped_column(Text, comment="sealed: Bearer token of webhook_auth")
    project: Mapped[str] = mapped_column(String(16))
    login: Mapped[str] = mapped_column(
        String(255), comment="login of the personal account, shown to administrators"
    )
    state: Mapped[str] = mapped_column(
        String(16), default="joining", comment="joining | connected | broken | closed"
    )
    problem: Mapped[str | None] = mapped_column(Text, comment="code of what is wrong")
    answering: Mapped[str] = mapped_column(String(16), default="uis", comment="uis | bitrix24")
    adapter_id: Mapped[int | None] = mapped_column(BigInteger)
    adapter_login: Mapped[str | None] = mapped_column(String(64))
    adapter_password: Mapped[str | None] = mapped_column(Text, comment="sealed")
    adapter_token: Mapped[str | None] = mapped_column(Text, comment="sealed")
    adapter_token_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account_id: Mapped[int | None] = mapped_column(BigInteger, comment="account of the Chat API")
    app_id: Mapped[int | None] = mapped_column(BigInteger, comment="the client in UIS (context.app_id)")
    data_api_key: Mapped[str | None] = mapped_column(Text, comment="sealed")
    data_api: Mapped[JsonDict] = mapped_column(
        Json, default=dict, comment='{"state", "problem", "limits": {...}}'
    )
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/Moscow", comment="zone of report times")
    polled_till: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="reports were read up to here")
    poll_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    polled: Mapped[JsonDict] = mapped_column(
        Json, default=dict, comment="what the poller remembers of chats: see app.uis.reports.poll"
    )
    requests_due_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, index=True, comment="when offline requests are to be read"
    )
    requests_polled: Mapped[JsonDict] = mapped_column(
        Json, default=dict, comment="what is remembered of offline requests: see app.uis.reports.offline"
    )
    lost_callbacks: Mapped[int] = mapped_column(
        default=0, comment="chats and messages that only the reports told of"
    )
    history: Mapped[JsonDict] = mapped_column(
        Json, default=dict, comment="progress of the last import of history: see app.uis.reports.history"
    )
    history_due_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, index=True, comment="when its next step is to be done, null: none is under way"
    )
    lease_until: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="somebody is connecting or disconnecting until then"
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UisChannel(Base):
    """A chat channel of the UIS account, as the set-up list tells it."""

    __tablename__ = "uis_channel"
    __table_args__ = (UniqueConstraint("connection_id", "chat_channel_id"),)

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("uis_connection.id", ondelete="CASCADE"), index=True
    )
    chat_channel_id: Mapped[int] = mapped_column(BigInteger, comment="id of GET /v1/integration/channel")
    adapter_channel_id: Mapped[int | None] = mapped_column(BigInteger, comment="channel_id of callbacks")
    type: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(32), default="active")
    joined: Mapped[bool] = mapped_column(default=False, comment="given to our account")
    templates: Mapped[JsonList] = mapped_column(Json, default=list, comment="WABA message templates")


class UisTicket(Base):
    """A sign-in of ten minutes: keeps the personal account's token, never the password."""

    __tablename__ = "uis_ticket"

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), index=True
    )
    ticket_hash: Mapped[str] = mapped_column(String(64), unique=True)
    project: Mapped[str] = mapped_column(String(16))
    login: Mapped[str] = mapped_column(String(255))
    jwt: Mapped[str] = mapped_column(Text, comment="sealed")
    channels: Mapped[JsonList] = mapped_column(Json, default=list)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
