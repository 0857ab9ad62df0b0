"""Chats of CRM cards: `imopenlines.crm.chat.*`, `imopenlines.crm.message.add` (Bitrix24: imopenlines/openlines/chats).

A card has the chats whose activities hang on it, so conversion and merge carry them over.
"""

from typing import Any

from sandbox.bitrix.call import Call, method, truth
from sandbox.bitrix.crm.timeline import Activity
from sandbox.bitrix.errors import RestError, access_denied
from sandbox.bitrix.lines.model import Dialog
from sandbox.bitrix.lines.store import LinesStore
from sandbox.bitrix.lines.tracker import PROVIDER

KINDS = {"lead": 1, "deal": 2, "contact": 3, "company": 4}


def chats_of(lines: LinesStore, entity_type: int, item_id: int) -> list[Dialog]:
    """The dialogs of a card, the one with the latest session last."""
    entries = lines.portal.crm.timeline.of(entity_type, item_id)
    ids = [
        int(entry.fields["ASSOCIATED_ENTITY_ID"])
        for entry in entries
        if isinstance(entry, Activity) and entry.fields["PROVIDER_ID"] == PROVIDER
    ]
    latest = [lines.sessions[number].chat_id for number in sorted(ids, reverse=True)]
    return [lines.dialogs[number] for number in reversed([*dict.fromkeys(latest)])]


def _kind(call: Call) -> int | None:
    return KINDS.get(str(call.get("CRM_ENTITY_TYPE") or "").lower())


def _card_chats(call: Call) -> list[Dialog]:
    kind = _kind(call)
    return chats_of(call.portal.open_lines, kind, call.integer("CRM_ENTITY")) if kind else []


@method("imopenlines.crm.chat.get")
def chat_get(call: Call) -> list[dict[str, str]]:
    """Chats of a card; only those with an open session unless `ACTIVE_ONLY` is "N"."""
    active = truth(call.get("ACTIVE_ONLY", "Y"))
    lines = call.portal.open_lines
    return [
        {
            "CHAT_ID": str(dialog.id),
            "CONNECTOR_ID": dialog.connector,
            "CONNECTOR_TITLE": lines.connector_of(dialog).name,
        }
        for dialog in _card_chats(call)
        if dialog.session is not None or not active
    ]


@method("imopenlines.crm.chat.getLastId")
def chat_last(call: Call) -> int:
    """The latest chat of a card."""
    found = _card_chats(call)
    if not found:
        raise RestError("CRM_CHAT_EMPTY_CRM_DATA", "Could not find CRM object")
    return found[-1].id


@method("imopenlines.crm.chat.user.add")
def chat_user_add(call: Call) -> int:
    """Put an employee into the chat of a card; 0 when the card has none."""
    dialog = _chosen(call)
    if dialog is None:
        return 0
    user = _active_user(call)
    if user in dialog.members:
        raise RestError("WRONG_REQUEST", "You don't have access or user already member in chat")
    call.portal.open_lines.join(dialog, user)
    return dialog.id


@method("imopenlines.crm.chat.user.delete")
def chat_user_delete(call: Call) -> int:
    """Take an employee out of the chat of a card; 0 when the card has none."""
    if _kind(call) is None:
        raise access_denied("Access denied! You don't have access to join user to chat")
    dialog = _chosen(call)
    if dialog is None:
        return 0
    user = _active_user(call)
    if user not in dialog.members:
        raise RestError("WRONG_REQUEST", "You don't have access or user already not in chat")
    call.portal.open_lines.leave(dialog, user)
    return dialog.id


def _chosen(call: Call) -> Dialog | None:
    """The chat that is named, else the latest; None when none is named and the card has none."""
    found = _card_chats(call)
    wanted = call.integer("CHAT_ID")
    if not wanted:
        return found[-1] if found else None
    dialog = next((each for each in found if each.id == wanted), None)
    if dialog is None:
        raise RestError("CHAT_NOT_IN_CRM", "Chat does not belong to the CRM object being checked")
    return dialog


def _active_user(call: Call) -> int:
    user = call.portal.users.get(call.integer("USER_ID"))
    if user is None or not user.active:
        raise RestError("CRM_CHAT_USER_NOT_ACTIVE", "User not active")
    return user.id


@method("imopenlines.crm.message.add")
def message_add(call: Call) -> Any:
    """A message to the client on behalf of a member of the chat."""
    dialog = _chosen(call)
    if dialog is None:
        raise RestError("CHAT_NOT_IN_CRM", "Chat does not belong to the CRM entity being checked")
    user = call.integer("USER_ID")
    if user not in dialog.members:
        raise RestError("CANCELED", "You cannot send messages to the specified chat")
    return call.portal.open_lines.operator_says(dialog.id, user, str(call.get("MESSAGE"))).id
