"""Making a portal match the manifest: every step safe to run again, alone or after a half-done one.

Bitrix24: settings/app-installation, events/event-bind, widgets/placement-bind, imconnector-register. Binding a widget
twice makes two, so only what is missing is bound, and only one run per portal goes at a time.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.pipeline.analytics.view import events_of
from app.storage.database import reading
from app.storage.models import Installation, InstallationState
from app.storage.queries import installations, work
from app.storage.sealed import owner
from app.storage.services import Services
from bitrix_app import manifest, steps
from bitrix_app.batch import BatchAnswer
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError, Later, NoAnswer, Parked, Rejected, refusal_in
from bitrix_app.handlers import carry_out, match_handlers, refusals
from bitrix_app.values import rows

LEASE = timedelta(minutes=3)
STALE = timedelta(minutes=2)
FAILED_REST = timedelta(hours=1)
DAILY = timedelta(hours=24)
MOST_AT_ONCE = 20
TYPES_PAGE = 50

DirectoryStep = Callable[[Services, PortalClient], None]
"""Reads one directory of the portal for the first time. Raises BitrixError."""

_locks: dict[int, threading.Lock] = defaultdict(threading.Lock)
_log = structlog.get_logger()


class StepFailed(Exception):
    """One step did not succeed, others may. `code`, `params`: of a text `install.text.<code>`."""

    def __init__(self, code: str, /, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the steps of one run know."""

    services: Services
    client: PortalClient
    installation_id: int
    public_url: str
    event_key: str
    scope: frozenset[str]
    lang: str
    directories: Sequence[DirectoryStep]


def make_portal_match(
    services: Services,
    client: PortalClient,
    installation_id: int,
    directories: Sequence[DirectoryStep] = (),
    *,
    wait: Callable[[float], None] = time.sleep,
) -> bool:
    """Run all steps; True when every one is done. Progress and failures are in `installation.steps`, in words.

    A second run at the same time waits for the first one; it then finds little to do.
    """
    with _locks[installation_id]:
        if not _take(services, installation_id, wait):
            return False
        try:
            return _match(services, client, installation_id, directories)
        finally:
            _give_back(services, client, installation_id)


def unfinished(services: Services) -> Sequence[int]:
    """Portals to be matched (again): runs that ended half-way, failed steps, and once a day everybody.

    Handlers and widgets are removed by updates and by hand, and nobody tells. For the sweeper; a few at a time.
    """
    now = services.clock.now()
    with services.sessions() as session:
        found = installations.to_match(reading(session), now, now - STALE, now - FAILED_REST)
        return [row.id for row in found if _is_due(row, now)][:MOST_AT_ONCE]


def _is_due(installation: Installation, now: datetime) -> bool:
    """Whether a portal that was looked at some time ago is to be looked at again."""
    if installation.state == InstallationState.INSTALLING or installation.checked_at is None:
        return True
    whole = all(step["state"] == "done" for step in installation.steps)
    return not whole or installation.checked_at <= now - DAILY


def _match(
    services: Services, client: PortalClient, installation_id: int, directories: Sequence[DirectoryStep]
) -> bool:
    steps.begin(services, installation_id)
    run = _start(services, client, installation_id, directories)
    done = True
    for name, step in _STEPS.items():
        steps.put(services, installation_id, name, "running")
        try:
            step(run)
        except StepFailed as failure:
            steps.put(services, installation_id, name, "failed", failure.code, **failure.params)
            done = False
        except BitrixError as error:
            _log.warning(
                "install_step_failed", step=name, installation=installation_id, error=type(error).__name__
            )
            steps.put(services, installation_id, name, "failed", _code(error), **_params(error))
            done = False
            if isinstance(error, Later | NoAnswer | Parked):
                break
        else:
            steps.put(services, installation_id, name, "done")
    if done:
        _activate(services, installation_id)
    return done


def _start(
    services: Services, client: PortalClient, installation_id: int, directories: Sequence[DirectoryStep]
) -> _Run:
    with services.sessions() as session:
        installation = reading(session).get_one(Installation, installation_id)
    key = services.vault.open(owner(installation.member_id, "installation.event_key"), installation.event_key)
    return _Run(
        services=services, client=client, installation_id=installation_id,
        public_url=services.config.public_url, event_key=key,
        scope=frozenset(installation.scope.split(",")), lang=installation.lang, directories=directories,
    )  # fmt: skip


def _tokens(run: _Run) -> None:
    """The tokens work, and they are an administrator's: only then handlers and widgets can be bound."""
    if run.client.call("user.admin").get("result") is not True:
        raise StepFailed("not_admin")


def _scope(run: _Run) -> None:
    missing = manifest.missing_scopes(run.scope)
    if missing:
        raise StepFailed("missing_scopes", scopes=", ".join(missing))


def _crm(run: _Run) -> None:
    """1: classic, 2: simple, without leads. Bitrix24: crm.settings.mode.get."""
    mode = "simple" if str(run.client.call("crm.settings.mode.get")["result"]) == "2" else "classic"
    with run.services.sessions.begin() as session:
        session.get_one(Installation, run.installation_id).crm_mode = mode


def _events(run: _Run) -> None:
    with run.services.sessions() as session:
        analytics = events_of(reading(session), run.installation_id)
    match_handlers(run.client, manifest.handlers(run.public_url, run.event_key, run.scope, analytics))


def _placements(run: _Run) -> None:
    answer = run.client.batch({"placed": command("placement.get", {}), "types": _types_from(0)})
    if "placed" in answer.errors:
        raise _refusal(answer, "placed")
    wanted = {w.placement: w for w in manifest.widgets(run.public_url, _dynamic_types(run.client, answer))}
    found = Counter(
        (str(row["placement"]), str(row["handler"]))
        for row in rows(answer.results.get("placed"))
        if row["placement"] != "SETTING_CONNECTOR"  # the connector's own
    )
    good = {code for code, w in wanted.items() if found[(code, w.handler)] == 1}
    old = [
        command("placement.unbind", {"PLACEMENT": code, "HANDLER": handler})
        for code, handler in sorted(found)
        if code not in good or wanted[code].handler != handler
    ]
    new = {
        code: command("placement.bind", manifest.widget_params(w, run.lang))
        for code, w in wanted.items()
        if code not in good
    }
    tabs = {code: text for code, text in new.items() if code.startswith(manifest.DYNAMIC)}
    carry_out(run.client, old + [text for code, text in new.items() if code not in tabs])
    _bind_what_is_taken(run, tabs)


def _bind_what_is_taken(run: _Run, tabs: Mapping[str, str]) -> None:
    """Tabs of smart processes: one that is refused (deleted just now, closed to applications) keeps nobody waiting."""
    refused = refusals(run.client, list(tabs.values()))
    for code, text in tabs.items():
        if text in refused:
            _log.warning("tab_refused", tab=code, installation=run.installation_id, error=refused[text].code)


def _types_from(start: int) -> str:
    return command("crm.type.list", {"order": {"id": "ASC"}, "start": start})


def _dynamic_types(client: PortalClient, answer: BatchAnswer) -> list[int]:
    """Smart processes; a user who may not list them gets no tabs there, which is no failure.

    A page always has 50 of them (crm-type-list). Raises BitrixError when they could not be read just now.
    """
    found: dict[int, None] = {}
    while True:
        if "types" in answer.errors and not isinstance(_refusal(answer, "types"), Rejected):
            raise _refusal(answer, "types")
        result = answer.results.get("types")
        page = (
            [int(row["entityTypeId"]) for row in rows(result.get("types"))]
            if isinstance(result, dict)
            else []
        )
        if len(page) < TYPES_PAGE or page[-1] in found:
            return [*found, *page]
        found |= dict.fromkeys(page)
        answer = client.batch({"types": _types_from(len(found))})


def _connector(run: _Run) -> None:
    """A refused registration comes with HTTP 200 and `result: false` inside."""
    if not run.scope >= manifest.CONNECTOR_SCOPES:
        raise StepFailed("missing_scopes", scopes=", ".join(sorted(manifest.CONNECTOR_SCOPES - run.scope)))
    refusal = refusal_in(
        run.client.call("imconnector.register", manifest.connector(run.public_url))["result"]
    )
    if refusal is not None:
        raise refusal


def _directories(run: _Run) -> None:
    for read in run.directories:
        read(run.services, run.client)


_STEPS: dict[str, Callable[[_Run], None]] = dict(
    zip(steps.NAMES, (_tokens, _scope, _crm, _events, _placements, _connector, _directories), strict=True)
)


def _refusal(answer: BatchAnswer, key: str) -> BitrixError:
    return answer.errors[key].meaning()


def _code(error: BitrixError) -> str:
    if isinstance(error, Parked):
        return f"parked_{error.reason}"
    return "refused" if isinstance(error, Rejected) else "away"


def _params(error: BitrixError) -> dict[str, str]:
    return {"reason": error.code, "words": error.text[:300]} if isinstance(error, Rejected) else {}


def _activate(services: Services, installation_id: int) -> None:
    with services.sessions.begin() as session:
        installation = session.get_one(Installation, installation_id)
        if installation.state == InstallationState.INSTALLING:
            installation.state = InstallationState.ACTIVE
        installation.installed_at = installation.installed_at or services.clock.now()
        work.due_everywhere(session, installation_id, services.clock.now())
    services.wake(installation_id)


def _take(services: Services, installation_id: int, wait: Callable[[float], None]) -> bool:
    """The lease on matching this portal; somebody else's run is waited for as long as its lease."""
    for _ in range(int(LEASE.total_seconds()) + 1):
        now = services.clock.now()
        with services.sessions.begin() as session:
            if installations.take_match_lease(session, installation_id, now, now + LEASE):
                return True
        wait(1.0)
    return False


def _give_back(services: Services, client: PortalClient, installation_id: int) -> None:
    with services.sessions.begin() as session:
        installation = session.get(Installation, installation_id)
        if installation is not None:
            installation.match_lease_until = None
            installation.checked_at = services.clock.now()
    client.flush_log()
