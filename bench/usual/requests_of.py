"""The requests that a first chat needs, as method and parameters: look up, contact, deal, activity, notification."""

from typing import Any

Request = tuple[str, dict[str, Any]]
CONTACT_LINK = "$result[contact][item][id]"
DEAL_LINK = "$result[deal][item][id]"


def phone_of(chat: int) -> str:
    """The number of the client who writes in this chat."""
    return f"7916{chat:07}"


def look_up(chat: int) -> Request:
    """Who the client is."""
    return "crm.duplicate.findbycomm", {"type": "PHONE", "values": [phone_of(chat), f"+{phone_of(chat)}"]}


def contact(chat: int) -> Request:
    phone = {"typeId": "PHONE", "valueType": "WORK", "value": phone_of(chat)}
    return "crm.item.add", {"entityTypeId": 3, "fields": {"name": "Client", "fm": [phone], "assignedById": 1}}


def deal(chat: int, contact_id: int | str) -> Request:
    fields = {
        "title": f"Chat {chat}",
        "contactId": contact_id,
        "categoryId": 0,
        "stageId": "NEW",
        "assignedById": 1,
    }
    return "crm.item.add", {"entityTypeId": 2, "fields": fields}


def activity(chat: int, deal_id: int | str) -> Request:
    text = {"type": "text", "properties": {"value": f"Chat {chat}"}}
    layout = {
        "icon": {"code": "info"},
        "header": {"title": f"Chat {chat}"},
        "body": {"logo": {"code": "notification"}, "blocks": {"text": text}},
    }
    params = {"ownerTypeId": 2, "ownerId": deal_id, "fields": {"responsibleId": 1}, "layout": layout}
    return "crm.activity.configurable.add", params


def notification(chat: int, deal_id: int | str) -> Request:
    return "im.notify.system.add", {"USER_ID": 1, "MESSAGE": f"Chat {chat}: deal {deal_id}"}


def chained(chat: int) -> dict[str, Request]:
    """What is written, as one batch whose commands link to each other."""
    return {
        "contact": contact(chat),
        "deal": deal(chat, CONTACT_LINK),
        "activity": activity(chat, DEAL_LINK),
        "notification": notification(chat, DEAL_LINK),
    }
