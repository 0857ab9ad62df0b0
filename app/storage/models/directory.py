"""Settings with their versions, directories read from both sides, employees."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import Json, JsonDict, JsonList, PrimaryKey, UtcDateTime


class SettingsVersion(Base):
    """One saved version of one section. The unique key is what two administrators race for."""

    __tablename__ = "settings_version"
    __table_args__ = (UniqueConstraint("installation_id", "section", "revision"),)

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    section: Mapped[str] = mapped_column(String(32))
    revision: Mapped[int]
    document: Mapped[JsonDict] = mapped_column(Json)
    author_id: Mapped[int | None] = mapped_column(comment="Bitrix24 user")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Directory(Base):
    """A list read from Bitrix24 or UIS: users, stages, pipelines, fields, sites ..."""

    __tablename__ = "directory"
    __table_args__ = (UniqueConstraint("installation_id", "name"),)

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(32))
    items: Mapped[JsonList] = mapped_column(Json, default=list)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Employee(Base):
    """A UIS employee and the Bitrix24 user it is joined to."""

    __tablename__ = "employee"
    __table_args__ = (UniqueConstraint("installation_id", "uis_id"),)

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    uis_id: Mapped[int] = mapped_column(
        BigInteger, comment="id of get.employees, operator_id of the Chat API"
    )
    full_name: Mapped[str] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(32))
    active: Mapped[bool] = mapped_column(default=True)
    user_id: Mapped[int | None] = mapped_column(comment="Bitrix24 user")
    joined_by: Mapped[str | None] = mapped_column(String(8), comment="hand | email | phone | name")


class QueueTurn(Base):
    """The last turn of a queue of responsible users; written in the transaction that saves the plan."""

    __tablename__ = "queue_turn"
    __table_args__ = (UniqueConstraint("installation_id", "queue"),)

    id: Mapped[PrimaryKey]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    queue: Mapped[str] = mapped_column(String(64), comment="see app.rules.queue.queue_key")
    place: Mapped[int] = mapped_column(comment="in the list of users, from 0")
    user_id: Mapped[int] = mapped_column(comment="Bitrix24 user")
