"""What makes two deliveries of an event the same: they have no identity. Bitrix24: api-reference/events."""

from collections.abc import Iterable, Mapping

from app.base.tokens import sha256

MESSAGE_ADD = "ONIMCONNECTORMESSAGEADD"


def dedup_key(name: str, fields: Mapping[str, str], body: bytes) -> str:
    """The key of an inbox row. The same handler, event, entity and second is a repeat of the queue; new messages of a
    line are known by the portal's ids of them."""
    if name == MESSAGE_ADD:
        return message_key(value for field, value in fields.items() if field.endswith("[im][message_id]"))
    handler = fields.get("event_handler_id") or fields.get("eventId") or ""
    entity = fields.get("data[FIELDS][ID]")
    subject = f"{handler}:{entity}:{fields.get('ts', '')}" if entity else sha256(body.decode())
    return f"b24:{name}:{subject}"[:160]


def message_key(ids: Iterable[str]) -> str:
    """The key of an event with these new messages of a line."""
    return f"b24:{MESSAGE_ADD}:{sha256(','.join(sorted(ids)))}"
