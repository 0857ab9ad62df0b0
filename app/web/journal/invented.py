"""The client and the chat of a test: invented, with markers that no real conversation can have."""

from datetime import datetime, timedelta
from typing import Any

from app.base.texts import text
from app.domain.conversation import Ledger, Snapshot
from app.domain.message import TranscriptMessage
from app.pipeline.view import Portal

ACCOUNT = "test-chat"
"""Stands in the markers where an account of UIS has its number."""
LASTED = timedelta(minutes=2)


def invented(portal: Portal, number: int, now: datetime) -> Snapshot:
    """A chat that just ended, in a channel that is followed. The address of its client is nobody's (RFC 2606): a
    telephone number might be somebody's, so there is none. Nor is there advertising: its trace could not be removed."""
    lang, view = portal.view.lang, portal.view
    channel = _channel(portal)
    operator = next(iter(view.operators), None)
    name = text("test_chat.client", lang)
    spoken = view.operator_names.get(operator or 0)
    facts = {
        "visitor": {"name": name, "email": f"omni-test-{number}@example.com"},
        "chat": {"channel_name": view.channel_names.get(channel or 0) or text("test_chat.channel", lang)},
        "employee": {"full_name": spoken},
    }
    began = now - LASTED
    said = [
        ("visitor", name, "test_chat.question"),
        ("operator", spoken, "test_chat.answer"),
    ]
    messages = tuple(
        TranscriptMessage(id=place, source=source, author=author, text=text(key, lang), at=began)
        for place, (source, author, key) in enumerate(said, start=1)
    )
    return Snapshot(
        kind="chat", source_id=number, account=ACCOUNT, channel_id=channel, visitor_id=None, person_id=None,
        operator_id=operator, initiator="visitor", first_seen_at=began, started_at=began, closed_at=now,
        close_reason="closed_by_operator", facts=facts, messages=messages, ledger=Ledger(),
    )  # fmt: skip


def _channel(portal: Portal) -> int | None:
    """The first channel that the settings follow, as far as any is known."""
    channels = getattr(portal.chats, "channels", None)
    if channels is not None and channels.mode == "selected" and channels.ids:
        return int(channels.ids[0])
    return next(iter(portal.view.channel_names), None)


def sample_facts(lang: str) -> dict[str, Any]:
    """What a communication may tell, for previews while there was none. The number is of a range that nobody has."""
    return {
        "visitor": {
            "name": text("sample.name", lang), "phone_number": "70000000000", "email": "client@example.com",
            "city": text("sample.city", lang), "device": "mobile",
        },
        "chat": {"channel_name": text("sample.channel", lang), "channel_type": "comagic"},
        "request": {"form_name": text("sample.form", lang), "text": text("sample.text", lang)},
        "traffic": {"source_name": text("sample.source", lang), "utm_source": "yandex", "utm_medium": "cpc"},
        "campaign": {"name": text("sample.campaign", lang)},
        "site": {"domain_name": "shop.example.com"},
        "employee": {"full_name": text("sample.employee", lang)},
    }  # fmt: skip
