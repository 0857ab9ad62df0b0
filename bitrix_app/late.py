"""ONAPPINSTALL and ONAPPUPDATE that could not be proven because somebody was away.

Bitrix24 sends nothing twice (api-reference/events), and an update brings the application_token without which every
other event is refused. So the form is kept sealed and proven again, for as long as its access token lives. Until it
is proven it has no effect.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from app.base.secrets import SealBroken
from app.storage.database import reading
from app.storage.models import LateEvent
from app.storage.queries import late
from app.storage.services import Services
from bitrix_app.enrol import enrol
from bitrix_app.limits.limiter import Limiter
from bitrix_app.verify import MAX_FIELD, Refused, verify_life_event

AWAY = 503
FIRST_LOOK_S = 30.0
LONGEST_PAUSE_S = 600.0
KEPT_FOR = timedelta(hours=1)
"""So long its access token lives."""
MOST = 500
"""Anybody may send a form while the authorization server is away."""
AT_ONCE = 20
OWNER = "late_event.form"
NEEDED = (
    "auth[server_endpoint]", "auth[access_token]", "auth[domain]", "auth[member_id]", "auth[refresh_token]",
    "auth[expires_in]", "auth[application_token]", "data[LANGUAGE_ID]",
)  # fmt: skip

_log = structlog.get_logger()


def keep(services: Services, form: Mapping[str, str]) -> bool:
    """Keep what is needed to prove it later. False when it is too large, or too many wait."""
    needed = {name: form[name] for name in NEEDED if name in form}
    member_id = needed.get("auth[member_id]", "")
    if len(member_id) > 64 or any(len(value) > MAX_FIELD for value in needed.values()):
        return False
    now = services.clock.now()
    row = LateEvent(
        member_id=member_id, form=services.vault.seal(OWNER, json.dumps(needed)),
        received_at=now, due_at=now + timedelta(seconds=FIRST_LOOK_S),
    )  # fmt: skip
    with services.sessions.begin() as session:
        kept = late.waiting(session) < MOST
        if kept:
            session.add(row)
    _log.warning("life_event_waits" if kept else "life_event_not_kept")
    return kept


def prove_again(services: Services, limiter: Limiter) -> list[int]:
    """Try those that are due. Returns the installations that were proven, which are to be made to match."""
    with services.sessions() as session:
        due = late.due(reading(session), services.clock.now(), AT_ONCE)
    proven: list[int] = []
    for row in due:
        with services.sessions() as session:
            if reading(session).get(LateEvent, row.id) is None:
                continue  # a newer one of the same portal was proven in this run
        proven += _prove(services, limiter, row)
    return proven


def _prove(services: Services, limiter: Limiter, row: LateEvent) -> list[int]:
    age = services.clock.now() - row.received_at
    try:
        if age >= KEPT_FOR:
            raise Refused(401, "no_token")
        form = json.loads(services.vault.open(OWNER, row.form))
        frame = verify_life_event(services, limiter, form)
    except Refused as refused:
        if refused.status == AWAY:
            _look_again(services, row)
        else:
            _drop(services, row, refused.code)
        return []
    except SealBroken:
        _drop(services, row, "seal_broken")
        return []
    left = max(1, frame.expires_in - int(age.total_seconds()))
    installation_id = enrol(services, replace(frame, expires_in=left), installer=True)
    with services.sessions.begin() as session:
        late.drop(session, row.id)
    _log.info("life_event_proven_late", installation=installation_id, seconds=int(age.total_seconds()))
    return [installation_id]


def _look_again(services: Services, row: LateEvent) -> None:
    pause = min(FIRST_LOOK_S * 2 ** (row.attempts + 1), LONGEST_PAUSE_S)
    with services.sessions.begin() as session:
        late.postpone(session, row.id, services.clock.now() + timedelta(seconds=pause))


def _drop(services: Services, row: LateEvent, code: str) -> None:
    with services.sessions.begin() as session:
        late.drop(session, row.id)
    _log.warning("life_event_dropped", problem=code, received=row.received_at.isoformat())
