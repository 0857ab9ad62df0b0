"""What `GET /api/uis/connection` shows: never a secret."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.config import Config
from app.base.texts import text
from app.storage.models import UisChannel, UisConnection
from app.uis.data import RESERVE, points_left
from app.uis.problem import problem_words

NONE: dict[str, Any] = {
    "state": "none", "project": None, "login": None, "account": None, "answering": None, "channels": [],
    "data_api": {"state": "none", "text": None}, "problem": None, "warnings": [], "callback_url": None,
}  # fmt: skip


def status(session: Session, installation_id: int, config: Config, lang: str | None) -> dict[str, Any]:
    """`{"state": "none" | "connected" | "broken", "project", "login", "account", "answering", "channels",
    "data_api": {"state": "ok" | "broken" | "none", "text"}, "problem", "warnings", "callback_url"}`; words in
    `lang`. `account` is the number of the client in UIS, `callback_url` our address without its secret part.
    """
    row = session.scalar(select(UisConnection).where(UisConnection.installation_id == installation_id))
    if row is None or (row.account_id is None and row.state == "joining"):
        return NONE | {"data_api": _data_api({}, None, lang)}
    return {
        "state": "connected" if row.state == "connected" else "broken",
        "project": row.project,
        "login": row.login,
        "account": row.app_id,
        "answering": row.answering,
        "channels": _channels(session, row.id),
        "data_api": _data_api(row.data_api, row.data_api_key, lang),
        "problem": problem_words(row.problem, lang),
        "warnings": _warnings(row.data_api, lang),
        "callback_url": f"{config.public_url}/uis/…",
    }


def _channels(session: Session, connection_id: int) -> list[dict[str, Any]]:
    query = (
        select(UisChannel)
        .where(UisChannel.connection_id == connection_id, UisChannel.status != "deleted")
        .order_by(UisChannel.name, UisChannel.chat_channel_id)
    )
    return [
        {
            "id": row.chat_channel_id,
            "type": row.type,
            "name": row.name,
            "status": row.status,
            "joined": row.joined,
        }
        for row in session.scalars(query)
    ]


def _data_api(kept: dict[str, Any], key: str | None, lang: str | None) -> dict[str, Any]:
    if not key:
        return {"state": "none", "text": text("uis.data_api.none", lang), "limits": {}}
    problem = problem_words(kept.get("problem"), lang)
    return {
        "state": "broken" if problem else "ok",
        "text": problem or text("uis.data_api.ok", lang),
        "limits": kept.get("limits") or {},
    }


def _warnings(kept: dict[str, Any], lang: str | None) -> list[str]:
    said = [text(f"uis.warning.{code}", lang) for code in kept.get("warnings") or []]
    if kept.get("names_unread"):
        said.append(text("uis.warning.names_unread", lang))
    if kept.get("messages_unread"):
        said.append(text("uis.warning.messages_unread", lang))
    if kept.get("requests_unread"):
        said.append(text("uis.warning.requests_unread", lang))
    limits = kept.get("limits") or {}
    if points_left(limits) < RESERVE:
        said.append(
            text("uis.warning.points_low", lang, left=limits["day_remaining"], limit=limits["day_limit"])
        )
    return said
