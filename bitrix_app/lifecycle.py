"""The end of an installation, and what the authorization server says about its life.

Bitrix24: common/events/on-app-uninstall, on-app-payment, settings/oauth/error-codes. An uninstall is heard from anyone
who learned the application_token, so it only disables; the authorization server confirms it before anything is erased.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from app.storage.database import reading
from app.storage.models import Installation, InstallationState
from app.storage.queries import chains, cleaning, installations
from app.storage.services import Services
from bitrix_app.app_info import AppInfo
from bitrix_app.client import PortalClient
from bitrix_app.enrol import UNINSTALLED, UNINSTALLED_CLEAN
from bitrix_app.errors import BitrixError
from bitrix_app.verdicts import Verdict, ask, info_with

FIRST_LOOK = timedelta(seconds=60)
UNDO_AFTER = timedelta(seconds=120)
DOUBT_FOR = timedelta(minutes=45)
LOOK_RARELY = timedelta(minutes=15)
KEEP_DATA = timedelta(days=30)
PROBE_AGAIN = timedelta(hours=24)
PURGE_STEPS = 200

_log = structlog.get_logger()

OnRemoved = Callable[[Services, int], None]
"""Told that an installation is confirmed to be gone, before its tokens are erased: (services, installation id)."""


_PROVES_NOTHING = {Verdict.REFUSED, Verdict.SILENT}


def hear_uninstall(services: Services, installation_id: int, *, clean: bool) -> None:
    """Disable at once. What follows is decided by `confirm_uninstalls`."""
    now = services.clock.now()
    with services.sessions.begin() as session:
        installation = session.get_one(Installation, installation_id)
        if installation.state in {InstallationState.DISABLED, InstallationState.REMOVED}:
            return
        installation.state = InstallationState.DISABLED
        installation.problem = UNINSTALLED_CLEAN if clean else UNINSTALLED
        installation.removed_at = now
        installation.parked_until = now + FIRST_LOOK
    _log.info("uninstall_heard", installation=installation_id, clean=clean)


def confirm_uninstalls(services: Services, on_removed: Sequence[OnRemoved] = ()) -> int:
    """Ask about every uninstall that was heard of and is due; returns how many were decided. For the sweeper.

    Call it every minute: a forged uninstall is undone within five.
    """
    now = services.clock.now()
    with services.sessions() as session:
        heard = installations.in_state(reading(session), InstallationState.DISABLED)
        parked = installations.in_state(session, InstallationState.PARKED)
        lost = [row for row in parked if row.problem == "not_installed"]
        due = [row for row in (*heard, *lost) if row.parked_until is None or row.parked_until <= now]
    return sum(_confirm(services, installation, on_removed) for installation in due)


def purge(services: Services) -> int:
    """Erase the data of removed installations whose time has come; returns how many are gone. For the sweeper.

    In small steps, and not longer than a while: the next sweep goes on where this one ended.
    """
    count = 0
    for _ in range(PURGE_STEPS):
        with services.sessions.begin() as session:
            rows, portals = cleaning.of_removed_portal(session, services.clock.now())
        count += portals
        if not rows:
            break
    if count:
        _log.info("installations_purged", count=count)
    return count


def read_status(services: Services, client: PortalClient) -> AppInfo | None:
    """Ask the authorization server for the status (paid, trial ...); None when no token works now."""
    installation_id = client.installation_id
    with services.sessions() as session:
        installation = reading(session).get_one(Installation, installation_id)
        found = chains.usable(session, installation_id)
    for chain in found:
        try:
            info = info_with(services, installation, chain)
        except BitrixError as error:
            _log.info("status_not_read", installation=installation_id, error=type(error).__name__)
            continue
        _keep_status(services, installation_id, info)
        return info
    return None


def _confirm(services: Services, installation: Installation, on_removed: Sequence[OnRemoved]) -> bool:
    now = services.clock.now()
    verdict = _weighed(services, installation, ask(services, installation), now)
    if verdict in {Verdict.GONE, Verdict.ASSUMED}:
        return _remove(services, installation, now, on_removed, spoken=verdict == Verdict.GONE)
    lost = installation.state == InstallationState.PARKED
    heard_at = installation.removed_at or now
    if verdict == Verdict.THERE and (lost or now - heard_at >= UNDO_AFTER):
        return _restore(services, installation)
    over = verdict in _PROVES_NOTHING and now - heard_at >= DOUBT_FOR
    pause = PROBE_AGAIN if lost else LOOK_RARELY if over else FIRST_LOOK
    _look_again(services, installation, now + pause, doubt_clean=over and verdict == Verdict.SILENT)
    return False


def _weighed(services: Services, installation: Installation, verdict: Verdict, now: datetime) -> Verdict:
    """What a verdict comes to with the time since the event.

    DOUBTED: the event said so, and for most of an hour the server refused what it took before. REFUSED is its word as
    soon as our secret is known to be right. SILENT proves nothing, so the portal stays disabled, where an
    administrator's frame takes it up without loss, but not for ever.
    """
    if installation.removed_at is None:
        return verdict
    waited = now - installation.removed_at
    refused = verdict == Verdict.REFUSED and _is_our_secret_right(services, installation, now)
    if waited >= DOUBT_FOR and (verdict == Verdict.DOUBTED or refused):
        return Verdict.GONE
    return Verdict.ASSUMED if verdict in _PROVES_NOTHING and waited >= KEEP_DATA else verdict


def _is_our_secret_right(services: Services, installation: Installation, now: datetime) -> bool:
    """A wrong secret is refused for every portal: another one's refresh of a moment ago tells that it is not that."""
    with services.sessions() as session:
        return chains.refreshed_elsewhere(
            reading(session), installation.id, installation.oauth_url, now - LOOK_RARELY
        )


def _remove(
    services: Services,
    installation: Installation,
    now: datetime,
    on_removed: Sequence[OnRemoved],
    *,
    spoken: bool,
) -> bool:
    """`spoken`: by the server. Otherwise the wish to erase is one event's word, and the data stays its time."""
    for tell in on_removed:
        tell(services, installation.id)
    old = InstallationState(installation.state)
    clean = spoken and installation.problem == UNINSTALLED_CLEAN
    with services.sessions.begin() as session:
        if not installations.set_state(session, installation.id, old, InstallationState.REMOVED):
            return False  # installed again meanwhile
        row = session.get_one(Installation, installation.id)
        row.removed_at = row.removed_at or now
        row.purge_at = now if clean else (row.removed_at if spoken else now) + KEEP_DATA
        row.problem = row.problem if spoken else UNINSTALLED
        row.application_token = None
        row.parked_until = None
        chains.forget(session, installation.id)
    _log.info("uninstall_confirmed", installation=installation.id, clean=clean, spoken=spoken)
    return True


def _restore(services: Services, installation: Installation) -> bool:
    """It is installed after all: the uninstall was forged, or the refusal a passing one."""
    old = InstallationState(installation.state)
    known = installation.installed_at is not None
    new = InstallationState.ACTIVE if known else InstallationState.INSTALLING
    with services.sessions.begin() as session:
        if not installations.set_state(session, installation.id, old, new):
            return False
        row = session.get_one(Installation, installation.id)
        row.problem = row.parked_until = row.removed_at = None
    _log.warning("uninstall_undone", installation=installation.id)
    services.wake(installation.id)
    return True


def _look_again(services: Services, installation: Installation, when: datetime, *, doubt_clean: bool) -> None:
    """`doubt_clean`: nobody can confirm the wish to erase any more, so installing again must not follow it."""
    with services.sessions.begin() as session:
        row = session.get(Installation, installation.id)
        if row is not None and row.state == installation.state:
            row.parked_until = when
            if doubt_clean and row.problem == UNINSTALLED_CLEAN:
                row.problem = UNINSTALLED


def _keep_status(services: Services, installation_id: int, info: AppInfo) -> None:
    """A token that works after the payment also ends the parking for want of it."""
    with services.sessions.begin() as session:
        installation = session.get_one(Installation, installation_id)
        installation.status = info.status or installation.status
        if installation.state == InstallationState.PARKED and installation.problem == "payment":
            installation.state = InstallationState.ACTIVE
            installation.problem = installation.parked_until = None
    services.wake(installation_id)
