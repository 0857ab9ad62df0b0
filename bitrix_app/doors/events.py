"""Events of the portal. Those of the application's own life are acted on, all others are stored for the road.

Bitrix24: api-reference/events, common/events/on-app-*. Forms with bracket keys; nothing is sent twice.
"""

from urllib.parse import urlencode

from flask import Blueprint, Response

from app.pipeline.accept import accept
from app.storage.database import reading
from app.storage.models import Installation
from app.storage.queries import installations
from app.web.caller import portals, services
from bitrix_app import late, lifecycle, manifest, runtime
from bitrix_app.doors.answers import claims, line
from bitrix_app.enrol import enrol
from bitrix_app.event_keys import dedup_key
from bitrix_app.verify import Refused, check_text, claim, verify_event, verify_life_event

TYPED = ("[message][text]", "[name]")
SECRETS = ("auth[access_token]", "auth[refresh_token]", "auth[application_token]")


def register(doors: Blueprint) -> None:
    """The address on the card, and the secret one of each installation."""
    doors.add_url_rule("/bitrix/events", "life_event", _life_event, methods=["POST"])
    doors.add_url_rule("/bitrix/events/<key>", "event", _event, methods=["POST"])


def _life_event() -> Response:
    fields = claims()
    name = fields.get("event", "").upper()
    if name in {"ONAPPINSTALL", "ONAPPUPDATE"}:
        return _installed(fields)
    if name == "ONAPPPAYMENT":
        return _paid(fields)
    # Who does not prove himself is not told which events there are.
    installation = verify_event(services(), None, fields)
    if event_name(fields) == "ONAPPUNINSTALL":
        return _uninstalled(installation, fields)
    raise Refused(400, "unknown_event")


def _event(key: str) -> Response:
    fields = claims()
    installation = verify_event(services(), key, fields)
    name = event_name(fields)
    if name == "ONAPPUNINSTALL":
        return _uninstalled(installation, fields)
    if name not in manifest.KNOWN_EVENTS or name in manifest.LIFE_EVENTS:
        raise Refused(400, "unknown_event")
    body = urlencode(without_secrets(fields)).encode()
    accept(
        services(),
        installation.id,
        source="bitrix",
        kind=name,
        dedup_key=dedup_key(name, fields, body),
        body=body,
    )
    return line("ok")


def without_secrets(fields: dict[str, str]) -> list[tuple[str, str]]:
    """What is stored is read by people who look for faults: tokens do not belong there."""
    return [(field, value) for field, value in fields.items() if field not in SECRETS]


def event_name(fields: dict[str, str]) -> str:
    """The event in upper case. Raises Refused for fields that no event has.

    What people typed may hold anything (a pasted text has control characters), all else may not.
    """
    for name, value in fields.items():
        if name.endswith(TYPED):
            continue
        check_text(value, most=1_000_000)
    return fields.get("event", "").upper()


def _installed(fields: dict[str, str]) -> Response:
    try:
        frame = verify_life_event(services(), runtime.limiter(), fields)
    except Refused as refused:
        if refused.status == late.AWAY:
            late.keep(services(), fields)  # it is not sent again
        raise
    installation_id = enrol(services(), frame, installer=True)
    runtime.match_in_background(installation_id)
    return line("ok")


def _uninstalled(installation: Installation, fields: dict[str, str]) -> Response:
    lifecycle.hear_uninstall(services(), installation.id, clean=fields.get("data[CLEAN]") == "1")
    return line("ok")


def _paid(fields: dict[str, str]) -> Response:
    """No application_token comes along, so it is only a hint to ask the authorization server."""
    member_id = claim(fields, "auth[member_id]", most=64)
    with services().sessions() as session:
        installation = installations.by_member(reading(session), member_id)
    if installation is None:
        raise Refused(403, "other_portal")
    house, client = services(), portals().client(installation.id)
    runtime.in_background(lambda: lifecycle.read_status(house, client))
    return line("ok")
