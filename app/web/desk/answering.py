"""Who is writing in a conversation right now: told by the pages, kept for some seconds, with the portal's news."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.storage.models import PortalNews
from app.storage.queries import news
from app.storage.queries.news import Answering
from app.web.desk.rights import Desk

LASTS = timedelta(seconds=8)


def begin(session: Session, chat_id: int, here: Desk, now: datetime) -> None:
    """The caller is writing."""
    user = (here.person.user_id, here.person.name)
    news.answers(session, here.installation_id, chat_id, user, now, now + LASTS)


def answering(session: Session, here: Desk, chat_id: int, now: datetime) -> list[dict[str, Any]]:
    """`Answering` of everybody else."""
    kept = session.get(PortalNews, here.installation_id)
    return alive(kept.answering if kept else {}, chat_id, here.person.user_id, now)


def alive(kept: Answering, chat_id: int, but: int, now: datetime) -> list[dict[str, Any]]:
    """Those who are writing in a conversation at this moment, but for one user."""
    return [
        {"user_id": int(user_id), "name": str(name)}
        for user_id, (until, name) in sorted(kept.get(str(chat_id), {}).items())
        if until > now.timestamp() and int(user_id) != but
    ]
