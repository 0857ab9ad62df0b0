"""Storing what a verified frame or event proves: the installation, its authorization chains, waiting credentials."""

from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.base.tokens import new_secret, sha256
from app.storage.database import reading
from app.storage.models import Chain, Installation, InstallationState
from app.storage.queries import chains, installations, late, lines, work
from app.storage.sealed import owner
from app.storage.services import Services
from bitrix_app.oauth import Tokens, pair_values
from bitrix_app.verdicts import Verdict, ask
from bitrix_app.verify import VerifiedFrame

UNINSTALLED = "uninstalled"
UNINSTALLED_CLEAN = "uninstalled_clean"
HEALED_BY_A_CHAIN = {"reauth", "app_access"}
NOT_INSTALLED = "not_installed"
NEVER_CALLED = (InstallationState.DISABLED, InstallationState.REMOVED)


def enrol(services: Services, frame: VerifiedFrame, *, installer: bool) -> int:
    """Store a portal and the caller's chain; returns the installation's id. The caller must be an administrator.

    `installer`: it comes from the installer page or ONAPPINSTALL/ONAPPUPDATE, so its application_token counts.
    Safe to run again and in parallel: a portal is known by its member_id and never becomes two.
    """
    if not frame.user.admin:
        raise ValueError("only an administrator's frame makes an installation")
    clean = installer and _is_erasure_confirmed(services, frame.user.info.member_id)
    try:
        installation_id = _enrol_once(services, frame, installer, clean)
    except IntegrityError:
        # The same portal was inserted by somebody else between our look and our insert.
        installation_id = _enrol_once(services, frame, installer, clean)
    services.wake(installation_id)
    return installation_id


def _is_erasure_confirmed(services: Services, member_id: str) -> bool:
    """Whether the uninstall whose event asked to erase was one, or the portal only opens its installer again.

    The tokens from before tell: an event alone may be forged, and then nothing is erased.
    """
    with services.sessions() as session:
        found = installations.by_member(reading(session), member_id)
    if found is None or not _must_start_clean(found):
        return False
    return found.state == InstallationState.REMOVED or ask(services, found) in {
        Verdict.GONE,
        Verdict.DOUBTED,
    }


def _enrol_once(services: Services, frame: VerifiedFrame, installer: bool, clean: bool) -> int:
    member_id = frame.user.info.member_id
    with services.sessions.begin() as session:
        found = installations.by_member(session, member_id)
        generation = 1
        if found is not None and clean and _must_start_clean(found):
            generation = found.generation + 1
            session.delete(found)
            session.flush()
            found = None
        installation = found or _insert(services, session, frame, generation)
        lost_update = installation.version != frame.user.info.version
        _take_facts(services, installation, frame)
        if frame.application_token and (installer or lost_update or not installation.application_token):
            installation.application_token = services.vault.seal(
                owner(member_id, "installation.application_token"), frame.application_token
            )
            late.forget_of(session, member_id)  # what waits to be proven has an older one
        _revive(services, session, installation, installer)
        store_chain(services, session, installation, frame, installer=installer)
        _join_waiting(services, session, installation)
        work.ensure(session, installation.id)
        work.due_everywhere(session, installation.id, services.clock.now())
        return installation.id


def _must_start_clean(found: Installation) -> bool:
    """The administrator wanted the data erased when uninstalling, and installs again before that was done."""
    return found.state in NEVER_CALLED and found.problem == UNINSTALLED_CLEAN


def _insert(services: Services, session: Session, frame: VerifiedFrame, generation: int) -> Installation:
    info = frame.user.info
    installation = Installation(
        member_id=info.member_id, generation=generation, state=InstallationState.INSTALLING,
        portal_url=info.portal_url, client_endpoint=info.client_endpoint, oauth_url=frame.user.oauth_url,
        lang=frame.lang, version=info.version, created_at=services.clock.now(), steps=[],
    )  # fmt: skip
    _new_event_key(services, installation)
    session.add(installation)
    session.flush()
    return installation


def _new_event_key(services: Services, installation: Installation) -> None:
    key = new_secret()
    installation.event_key = services.vault.seal(owner(installation.member_id, "installation.event_key"), key)
    installation.event_key_hash = sha256(key)


def _take_facts(services: Services, installation: Installation, frame: VerifiedFrame) -> None:
    info = frame.user.info
    installation.portal_url = info.portal_url
    installation.client_endpoint = info.client_endpoint
    installation.oauth_url = frame.user.oauth_url
    installation.scope = ",".join(sorted(info.scope))
    installation.status = info.status or installation.status
    installation.version = info.version or installation.version


def _revive(services: Services, session: Session, installation: Installation, installer: bool) -> None:
    """Out of use, or parked for want of a token: a living token of an administrator ends that."""
    state = installation.state
    if state in NEVER_CALLED or (state == InstallationState.PARKED and installation.problem == NOT_INSTALLED):
        # An uninstall takes the connectors along (settings/app-uninstallation): nobody switched the lines off.
        lines.disconnected(session, installation.id)
        lines.due(session, installation.id, services.clock.now())
    if state == InstallationState.REMOVED:
        installation.generation += 1
        installation.steps = []
        installation.installed_at = None
        _new_event_key(services, installation)
    parked = state == InstallationState.PARKED and (installer or installation.problem in HEALED_BY_A_CHAIN)
    if state in NEVER_CALLED or parked:
        known = installation.installed_at is not None
        installation.state = InstallationState.ACTIVE if known else InstallationState.INSTALLING
        installation.problem = installation.parked_until = None
        installation.removed_at = installation.purge_at = None


def store_chain(
    services: Services, session: Session, installation: Installation, frame: VerifiedFrame, *, installer: bool
) -> None:
    """Keep an administrator's tokens. The refresh token is the caller's word: its first use proves it."""
    if not frame.refresh_token:
        return
    user_id, now = frame.user.info.user_id, services.clock.now()
    tokens = Tokens(
        access_token=frame.user.access_token, refresh_token=frame.refresh_token, expires_in=frame.expires_in,
        member_id=installation.member_id, client_endpoint=installation.client_endpoint, user_id=user_id,
        scope="", status="",
    )  # fmt: skip
    values: dict[str, Any] = pair_values(services, installation.member_id, tokens) | {
        "is_admin": frame.user.admin,
        "seen_at": now,
    }
    chain = chains.of_user(session, installation.id, user_id)
    if chain is None:
        session.add(Chain(installation_id=installation.id, user_id=user_id, is_installer=False, **values))
    else:
        for name, value in values.items():
            setattr(chain, name, value)
    session.flush()
    if installer:
        chains.only_installer(session, installation.id, user_id)
    chains.prune(session, installation.id)


def no_admin(services: Services, installation_id: int, user_id: int) -> None:
    """This user is no administrator, or not any more: a chain of theirs comes after all others."""
    with services.sessions() as session:
        chain = chains.of_user(reading(session), installation_id, user_id)
    if chain is not None and chain.is_admin:
        with services.sessions.begin() as session:
            session.get_one(Chain, chain.id).is_admin = False


def _join_waiting(services: Services, session: Session, installation: Installation) -> None:
    """Credentials that were made at /connect for this portal get their integration; never a second one."""
    host = installation.portal_url.split("://", 1)[1].lower()
    pending = installations.waiting_connect(session, host, services.clock.now())
    if pending is not None and installations.use_connect(session, pending.id, services.clock.now()):
        installation.name = pending.name


def forget_old_connects(services: Services) -> int:
    """Drop credentials that nobody finished. For the sweeper."""
    with services.sessions.begin() as session:
        return installations.drop_old_connects(session, services.clock.now() - timedelta(days=1))
