"""An installation of the application in a portal, its authorization chains, and credentials waiting for one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import Json, JsonDict, JsonList, PrimaryKey, UtcDateTime


class InstallationState(StrEnum):
    """Where an installation stands."""

    INSTALLING = "installing"  # verified and stored; the portal does not match the manifest yet
    ACTIVE = "active"  # works
    PARKED = (
        "parked"  # events are stored, nothing is called: `problem` says why, `parked_until` when to probe
    )
    DISABLED = "disabled"  # an uninstall was heard of and waits for the authorization server's word
    REMOVED = "removed"  # confirmed; tokens are erased, data waits for `purge_at`


class Installation(Base):
    """One portal. Known by `member_id`: the address of a portal can change."""

    __tablename__ = "installation"

    id: Mapped[PrimaryKey]
    member_id: Mapped[str] = mapped_column(String(64), unique=True)
    generation: Mapped[int] = mapped_column(default=1, comment="grows with every reinstall after a removal")
    portal_url: Mapped[str] = mapped_column(
        String(255), comment="https://portal.bitrix24.ru, no slash at the end"
    )
    client_endpoint: Mapped[str] = mapped_column(String(255), comment="https://portal/rest/")
    oauth_url: Mapped[str] = mapped_column(String(255), comment="allow-listed authorization server, no path")
    application_token: Mapped[str | None] = mapped_column(Text, comment="sealed")
    event_key: Mapped[str] = mapped_column(Text, comment="sealed: the secret part of our event addresses")
    event_key_hash: Mapped[str] = mapped_column(String(64), unique=True, comment="sha256 of event_key")
    scope: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(8), default="L", comment="L, F, D, T, P as Bitrix24 says")
    version: Mapped[str] = mapped_column(String(16), default="1")
    lang: Mapped[str] = mapped_column(String(8), default="ru")
    timezone: Mapped[str] = mapped_column(
        String(64), default="Europe/Moscow", comment="IANA name of the portal"
    )
    crm_mode: Mapped[str | None] = mapped_column(String(8), comment="classic | simple, null: not asked yet")
    name: Mapped[str | None] = mapped_column(String(255), comment="name of the integration given at /connect")
    state: Mapped[str] = mapped_column(String(16), default=InstallationState.INSTALLING)
    steps: Mapped[JsonList] = mapped_column(Json, default=list, comment="progress of the installer's steps")
    problem: Mapped[str | None] = mapped_column(Text, comment="code of why it is parked or what failed")
    parked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    set_aside_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="what waited then is left alone"
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    installed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="manifest last compared")
    match_lease_until: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="somebody makes the portal match the manifest until then"
    )
    synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sync: Mapped[JsonDict] = mapped_column(Json, default=dict, comment="progress of the last synchronization")
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    purge_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class Chain(Base):
    """One user's access and refresh token. Refreshed by compare-and-set on the refresh token presented."""

    __tablename__ = "chain"
    __table_args__ = (UniqueConstraint("installation_id", "user_id"),)

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(
        ForeignKey("installation.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int]
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_installer: Mapped[bool] = mapped_column(default=False)
    access_token: Mapped[str] = mapped_column(Text, comment="sealed")
    refresh_token: Mapped[str] = mapped_column(Text, comment="sealed")
    refresh_hash: Mapped[str] = mapped_column(
        String(64), comment="sha256 of the refresh token: what is compared"
    )
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="somebody is refreshing until then"
    )
    state: Mapped[str] = mapped_column(String(16), default="alive", comment="alive | suspect | dead")
    suspect_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="first invalid_grant")
    problem: Mapped[str | None] = mapped_column(Text)
    refreshed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, comment="last verified frame of this user")
    told_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="the other administrators were told that it is dead"
    )


class PendingConnect(Base):
    """Credentials made at /connect that wait for the authorization or the installation of a portal."""

    __tablename__ = "pending_connect"
    # Serves `queries.installations.connects_from`.
    __table_args__ = (Index("ix_pending_connect_source_created_at", "source", "created_at"),)

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(255))
    portal_host: Mapped[str] = mapped_column(String(255), index=True)
    state_hash: Mapped[str] = mapped_column(
        String(64), unique=True, comment="sha256 of the single-use OAuth state"
    )
    cookie_hash: Mapped[str] = mapped_column(String(64), comment="sha256 of the browser's cookie")
    lang: Mapped[str] = mapped_column(String(8), default="ru")
    source: Mapped[str | None] = mapped_column(String(64), comment="keyed hash of the address it came from")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
