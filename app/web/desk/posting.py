"""What operators order becomes letters: in the order of the conversation, once for each key that a page makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.mail import Exit, Kind
from app.pipeline.letters import threads
from app.storage.models import Conversation, OutboxRow
from app.storage.queries import news, outbox
from app.storage.services import Services
from app.web.desk.rights import Desk
from app.web.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One order of an operator. `key`: what the page calls it; the same order with the same key is one letter."""

    kind: Kind
    key: str
    body: Mapping[str, Any]
    exit: Exit = Exit.UIS


def post(
    session: Session, services: Services, here: Desk, chat: Conversation | None, order: Written
) -> OutboxRow:
    """The letter of an order, new or known. Wake the portal's mail after the commit.

    Raises Problem (409) when the key was used for another order.
    """
    key = f"desk:{here.person.user_id}:{order.key}"
    thread = _thread(session, here.installation_id, chat, order)
    body = {**order.body, "page_key": order.key}
    letter = {
        "exit": order.exit.value, "kind": order.kind.value, "thread": thread, "key": key, "body": body,
        "rank": outbox.last_rank(session, here.installation_id, order.exit, thread), "author_id": here.person.user_id,
        "conversation_id": chat.id if chat else None,
    }  # fmt: skip
    fresh = outbox.post(session, here.installation_id, [letter], services.clock.now())
    row = session.scalars(
        select(OutboxRow).where(OutboxRow.installation_id == here.installation_id, OutboxRow.key == key)
    ).one()
    if not fresh and (row.kind, row.body) != (order.kind.value, body):
        raise Problem(409, "key_used")
    news.tell(session, here.installation_id, [chat.id] if chat else [])
    return row


def woken(services: Services, installation_id: int) -> None:
    """After the commit: the mail lane has work, and those who look have something to see."""
    services.wake.mail(installation_id)
    services.wake.news(installation_id)


def _thread(session: Session, installation_id: int, chat: Conversation | None, order: Written) -> str:
    return threads.of_chat(session, installation_id, chat.source_id) if chat else threads.of_start(order.body)
