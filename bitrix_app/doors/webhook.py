"""The address for an outgoing webhook that an administrator makes in the portal: new leads and deals.

Bitrix24: api-reference/events, "Subscribing via an Outgoing Webhook". A form with bracket keys, without tokens of
users.
"""

from urllib.parse import urlencode

from flask import Blueprint, Response

from app.pipeline.accept import accept
from app.storage.queries import webhooks
from app.web.caller import services
from bitrix_app.doors.answers import claims, line
from bitrix_app.doors.events import event_name, without_secrets
from bitrix_app.event_keys import dedup_key
from bitrix_app.parse import ADDED_BY_WEBHOOK, WEBHOOK, entity_id
from bitrix_app.verify import Refused, verify_webhook


def register(doors: Blueprint) -> None:
    """One address per installation, shown in its settings."""
    doors.add_url_rule("/webhook/<key>", "webhook", _webhook, methods=["POST"])


def _webhook(key: str) -> Response:
    fields = claims()
    installation = verify_webhook(services(), key, fields)
    name = event_name(fields)
    if name not in ADDED_BY_WEBHOOK:
        raise Refused(400, "unknown_event")
    if entity_id(fields.get("data[FIELDS][ID]")) is None:
        raise Refused(400, "malformed")
    body = urlencode(without_secrets(fields)).encode()
    fresh = accept(
        services(), installation.id, source=WEBHOOK, kind=name,
        dedup_key=f"webhook:{dedup_key(name, fields, body)}"[:160], body=body,
    )  # fmt: skip
    if fresh:
        with services().sessions.begin() as session:
            webhooks.heard(session, installation.id, services().clock.now())
    return line("ok")
