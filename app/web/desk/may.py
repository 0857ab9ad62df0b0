"""What a user may do in a conversation now, and why not, in words."""

from datetime import datetime
from typing import Any

from app.base.texts import text
from app.rules.desk.reach import FITS
from app.rules.desk.waba import WABA, is_closed
from app.storage.models import Conversation
from app.storage.queries.channels import Channel
from app.web.desk.rights import Desk
from app.web.problems import Problem


def why_not(here: Desk, chat: Conversation, channel: Channel | None, now: datetime) -> str | None:
    """The code of why nothing can be written here; None when something can. A closed window leaves templates."""
    if here.person.employee_id is None:
        return "no_pair"
    if chat.kind != "chat":
        return "not_a_chat"
    if channel is None:
        return "channel_left"
    if chat.closed_at is not None and channel.type not in FITS:
        return "chat_closed"
    if window_closed(chat, channel, now):
        return "window_closed"
    return None


def window_closed(chat: Conversation, channel: Channel, now: datetime) -> bool:
    """Whether only templates may be written: the window is over, or the client never answered."""
    if channel.type != WABA:
        return False
    unheard = chat.client_message_id is None and chat.window_until is None
    return unheard or chat.closed_at is not None or is_closed(channel.type, chat.window_until, now)


def may(here: Desk, chat: Conversation, channel: Channel | None, now: datetime) -> dict[str, Any]:
    """`May` of a conversation."""
    why = why_not(here, chat, channel, now)
    able = here.person.employee_id is not None and chat.kind == "chat" and channel is not None
    open_ = able and chat.closed_at is None
    return {
        "write": why is None,
        "why": text(f"desk.why.{why}", here.lang) if why else None,
        "files": why is None,
        "templates": able
        and channel is not None
        and bool(channel.templates)
        and why in (None, "window_closed"),
        "transfer": open_ and chat.operator_id is not None,
        "take": open_ and chat.operator_id not in (None, here.person.employee_id),
        "close": open_,
        "note": bool(chat.ledger.get("entities") or chat.card),
    }


def refuse(here: Desk, why: str) -> Problem:
    """Why an order cannot be taken here, in words."""
    return Problem(409, "not_here", detail=text(f"desk.why.{why}", here.lang), more={"why": why})
