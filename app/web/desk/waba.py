"""WABA templates of a channel for an operator: shown, filled from the card, made into a message."""

from collections.abc import Mapping
from typing import Any

from app.domain.facts import fact
from app.rules.desk import waba_text
from app.rules.desk.waba_text import ValueProblem
from app.storage.models import Conversation
from app.storage.queries.channels import Channel
from app.web.desk.wrong import wrong


def template_of(channel: Channel, template_id: int) -> Mapping[str, Any]:
    """A template of a channel. Raises Problem (422)."""
    found = channel.template(template_id)
    if found is None or not waba_text.text_of(found).strip():
        raise wrong("template.id", "template_gone")
    return found


def filled(
    channel: Channel, template_id: int, values: Mapping[str, str], fields: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    """The text that the client gets, and `context.template` of the message. Raises Problem (422)."""
    template = template_of(channel, template_id)
    try:
        words = waba_text.filled(waba_text.text_of(template), values, fields)
    except ValueProblem as problem:
        raise wrong(f"template.values.{problem.name}", problem.code, name=problem.name) from None
    return words, waba_text.message_template(template, words)


def fields_of_chat(chat: Conversation) -> dict[str, str]:
    """Fields for templates where there is no card: what is known of the client of a conversation."""
    known = {
        "name": fact(chat.facts, "visitor.name"),
        "phone": fact(chat.facts, "visitor.phone_number"),
        "email": fact(chat.facts, "visitor.email"),
        "company": fact(chat.facts, "visitor.company"),
    }
    return {name: str(value or "") for name, value in known.items()}
