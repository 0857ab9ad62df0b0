"""What the rules are given of a portal: its settings in force and its directories, read once per round."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.file_links import FileLinks
from app.domain.conversation import PortalView
from app.domain.fields import FieldInfo, from_rows
from app.domain.settings import Communication, OpenLines, Section, defaults, parse
from app.rules.identity import numbers_in
from app.rules.transcript import zone
from app.storage.models import Installation, InstallationState, UisChannel, UisConnection
from app.storage.queries import absences, directory, settings, turns

Document = dict[str, Any]
Lists = Mapping[str, list[Document]]
"""Directories by name, as far as they were ever read."""
SECTIONS = ("main", "chats", "offline", "open_lines")
LISTS = ("users", "crm_sources", "stages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """One portal as one round sees it."""

    id: int
    state: str
    main_on: bool
    account: str
    chats: Communication
    offline: Communication
    open_lines: OpenLines
    view: PortalView
    channels: dict[int, tuple[int, str, str]]
    turns: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The view's own, to be moved on: the decisions of a round are made one after the other."""
    links: FileLinks | None = None

    @property
    def works(self) -> bool:
        """Whether conversations may be worked on; events are stored in any case."""
        return self.main_on and self.state == InstallationState.ACTIVE

    def settings_of(self, kind: str) -> Communication:
        return self.chats if kind == "chat" else self.offline


def load(
    session: Session, installation_id: int, settle: float, now: datetime, links: FileLinks | None = None
) -> Portal | None:
    """Read a portal as it is at `now`; None when it is gone. `links`: makes the links to files."""
    row = session.get(Installation, installation_id)
    if row is None:
        return None
    connection = session.scalar(select(UisConnection).where(UisConnection.installation_id == row.id))
    channels = _channels(session, connection)
    last_turns = turns.last(session, row.id)
    saved = settings.documents(session, row.id, SECTIONS)
    chats, offline = (_communication(saved, name) for name in ("chats", "offline"))
    lists = directory.some_items(session, row.id, [*LISTS, *_mapped((chats, offline))])
    return Portal(
        id=row.id,
        state=row.state,
        main_on=_is_on(_in_force(saved, "main")),
        account=str(connection.app_id or connection.account_id or "") if connection else "",
        chats=chats,
        offline=offline,
        open_lines=_open_lines(saved),
        view=replace(
            _view(session, row, channels, settle, lists),
            fields=_fields(lists, (chats, offline)),
            turns=last_turns,
            absent=_absent(session, row, now),
            stages=stages_in(lists.get("stages")),
            reports=connection is not None and connection.poll_due_at is not None,
            set_aside_at=row.set_aside_at,
        ),
        channels=channel_map(channels),
        turns=last_turns,
        links=links,
    )


def with_fields(session: Session, portal: Portal, sections: Iterable[Communication]) -> Portal:
    """The same portal with the fields that these settings name, which may be no more than a draft."""
    sections = list(sections)
    fields = _fields(directory.some_items(session, portal.id, _mapped(sections)), sections)
    return replace(portal, view=replace(portal.view, fields=fields))


def section(session: Session, installation_id: int, name: str) -> dict[str, Any]:
    """The document of a section in force, its defaults before the first save."""
    version = settings.newest(session, installation_id, name)
    return version.document if version else defaults(name)


def works(session: Session, installation_id: int) -> bool:
    """Whether the portal's conversations may be worked on, without reading the rest of it."""
    state = session.scalar(select(Installation.state).where(Installation.id == installation_id))
    return state == InstallationState.ACTIVE and _main_on(session, installation_id)


def _main_on(session: Session, installation_id: int) -> bool:
    return _is_on(section(session, installation_id, "main"))


def _is_on(main: Document) -> bool:
    return bool(main.get("enabled", True))


def _in_force(saved: Mapping[str, Document], name: str) -> Document:
    return saved[name] if name in saved else defaults(name)


def _communication(saved: Mapping[str, Document], name: str) -> Communication:
    return _parsed(name, json.dumps(_in_force(saved, name)))


def _open_lines(saved: Mapping[str, Document]) -> OpenLines:
    model = _parse("open_lines", json.dumps(_in_force(saved, "open_lines")))
    assert isinstance(model, OpenLines)
    return model


def _parsed(name: str, document: str) -> Communication:
    model = _parse(name, document)
    assert isinstance(model, Communication)
    return model


@lru_cache(maxsize=1_000)
def _parse(name: str, document: str) -> Section:
    """Parsing costs more than all else that a small round does, and documents rarely change."""
    return parse(name, json.loads(document))


def _channels(session: Session, connection: UisConnection | None) -> list[UisChannel]:
    if connection is None:
        return []
    return list(session.scalars(select(UisChannel).where(UisChannel.connection_id == connection.id)))


def _mapped(sections: Iterable[Communication]) -> list[str]:
    """The directories of the fields that mappings name."""
    return sorted({f"fields_{entity}" for entity in _named(sections)})


def _named(sections: Iterable[Communication]) -> dict[str, set[str]]:
    """The fields that mappings name, by entity."""
    named: dict[str, set[str]] = {}
    for rule in (rule for section in sections for rule in section.mapping if rule.entity != "activity"):
        # An amount may bring its currency along.
        named.setdefault(rule.entity, {"currencyId"}).add(rule.field)
    return named


def _fields(lists: Lists, sections: Iterable[Communication]) -> dict[str, dict[str, FieldInfo]]:
    """The fields that mappings name, by entity; nothing for an entity whose fields were never read."""
    found = {}
    for entity, names in _named(sections).items():
        rows = lists.get(f"fields_{entity}")
        if rows is not None:
            found[entity] = from_rows(entity, (row for row in rows if row.get("name") in names))
    return found


def _view(
    session: Session, row: Installation, channels: list[UisChannel], settle: float, lists: Lists
) -> PortalView:
    users = lists.get("users") or []
    staff = directory.employees(session, row.id)
    return PortalView(
        member_id=row.member_id,
        portal_url=row.portal_url,
        lang="ru" if row.lang == "ru" else "en",
        timezone=row.timezone,
        crm_mode=row.crm_mode or "classic",
        users={
            int(user["id"]): (str(user.get("title", "")), bool(user.get("active", True))) for user in users
        },
        sources={
            str(source["id"]): str(source.get("title", "")) for source in lists.get("crm_sources") or []
        },
        operators={e.uis_id: e.user_id for e in staff if e.user_id is not None},
        operator_names={e.uis_id: e.full_name for e in staff},
        channel_names={c.chat_channel_id: c.name for c in channels},
        own_numbers=frozenset[str]().union(*(numbers_in(c.name) for c in channels)),
        settle=settle,
    )


def _absent(session: Session, row: Installation, now: datetime) -> frozenset[int]:
    """Who is away today, in the portal's calendar."""
    today = now.astimezone(zone(row.timezone)).date()
    return frozenset(absences.away(session, row.id, today))


def stages_of(session: Session, installation_id: int) -> frozenset[tuple[str, int | None, str]] | None:
    """(entity, category, stage) of everything that the portal has, the category of a lead None; None: never read."""
    return stages_in(directory.items(session, installation_id, "stages"))


def stages_in(rows: list[Document] | None) -> frozenset[tuple[str, int | None, str]] | None:
    """The same, of the directory's rows."""
    if rows is None:
        return None
    return frozenset(
        (
            str(row["entity"]),
            None if row.get("category_id") is None else int(row["category_id"]),
            str(row["id"]),
        )
        for row in rows
    )


def channel_map(channels: Iterable[UisChannel]) -> dict[int, tuple[int, str, str]]:
    """Both numbers of a channel (that of callbacks and that of the set-up list) -> (set-up id, name, type)."""
    known = {row.chat_channel_id: (row.chat_channel_id, row.name, row.type) for row in channels}
    adapter = {
        row.adapter_channel_id: known[row.chat_channel_id] for row in channels if row.adapter_channel_id
    }
    return adapter | known
