"""Users of the portal who cannot do what is expected of them, and where the settings name them."""

import re
from collections import defaultdict
from collections.abc import Container, Iterator
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.settings import Communication, named_users, parse
from app.storage.models import Installation
from app.storage.queries import absences, directory, settings

_RULE = re.compile(r"responsible\.rules\.(\d+)\.")


def attention(session: Session, installation: Installation, today: date, lang: str) -> list[dict[str, Any]]:
    """`[{"user_id", "title", "problem": "no_last_name" | "dismissed" | "absent", "text", "used_in"}]`.

    Dismissed ones are told when settings or pairs name them, the others always. `today`: in the portal's calendar.
    """
    users = directory.items(session, installation.id, "users") or []
    used = _used(session, installation.id, lang)
    away = absences.away(session, installation.id, today)
    found = [(user, problem) for user in users if (problem := _problem(user, used, away)) is not None]
    return [
        {
            "user_id": int(user["id"]),
            "title": str(user["title"]),
            "problem": problem,
            "text": text(f"attention.{problem}", lang),
            "used_in": used.get(int(user["id"]), []),
        }
        for user, problem in found
    ]


def _problem(user: dict[str, Any], used: dict[int, list[str]], away: Container[int]) -> str | None:
    named = int(user["id"]) in used
    if not user.get("active", True):
        return "dismissed" if named else None
    if not str(user.get("last_name") or "").strip():
        return "no_last_name"
    return "absent" if int(user["id"]) in away else None


def _used(session: Session, installation_id: int, lang: str) -> dict[int, list[str]]:
    """User -> where it is named, in words."""
    found: dict[int, list[str]] = defaultdict(list)
    for section in ("chats", "offline"):
        for user_id, words in _named(session, installation_id, section, lang):
            found[user_id].append(words)
    for row in directory.employees(session, installation_id):
        if row.active and row.user_id is not None:
            found[row.user_id].append(text("attention.pair", lang, name=row.full_name))
    return dict(found)


def _named(session: Session, installation_id: int, section: str, lang: str) -> Iterator[tuple[int, str]]:
    version = settings.newest(session, installation_id, section)
    model = parse(section, version.document) if version else None
    if not isinstance(model, Communication):
        return
    title = text(f"health.section.{section}", lang)
    for path, user_id, _ in named_users(model):
        yield user_id, text("attention.setting", lang, section=title, place=_place(path, lang))


def _place(path: str, lang: str) -> str:
    rule = _RULE.match(path)
    if rule:
        return text("attention.rule", lang, number=int(rule[1]) + 1)
    return text(f"attention.{path.rpartition('.')[2]}", lang)
