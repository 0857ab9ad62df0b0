"""Robots of the portal's automation: stored for the road, which answers them with `bizproc.event.send`.

Bitrix24: bizproc/bizproc-robot. A call is proven like an event; its token names it, so a repeat is known.
"""

from urllib.parse import urlencode

from flask import Blueprint, Response

from app.base.tokens import sha256
from app.pipeline.accept import accept
from app.web.caller import services
from bitrix_app.doors.answers import claims, line
from bitrix_app.doors.events import SECRETS
from bitrix_app.manifest import ROBOT_KIND, ROBOTS_PATH
from bitrix_app.verify import Refused, check_text, verify_event


def register(doors: Blueprint) -> None:
    """The secret address of each installation."""
    doors.add_url_rule(f"{ROBOTS_PATH}/<key>", "robot", _robot, methods=["POST"])


def _robot(key: str) -> Response:
    fields = claims()
    installation = verify_event(services(), key, fields)
    token = check_text(fields.get("event_token", ""), most=1_000)
    if not token:
        raise Refused(400, "malformed")
    body = urlencode([(field, value) for field, value in fields.items() if field not in SECRETS]).encode()
    accept(
        services(),
        installation.id,
        source="bitrix",
        kind=ROBOT_KIND,
        dedup_key=f"b24:robot:{sha256(token)}",
        body=body,
    )
    return line("ok")
