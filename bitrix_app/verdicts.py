"""What the authorization server says about the life of an installation.

Bitrix24: settings/oauth/error-codes, common/events/on-app-uninstall. Asked with the tokens that are stored, so it
speaks of the installation that they belong to, not of a later one of the same portal.
"""

from enum import StrEnum

from app.storage.database import reading
from app.storage.models import Chain, Installation
from app.storage.queries import chains
from app.storage.sealed import owner
from app.storage.services import Services
from bitrix_app import oauth
from bitrix_app.app_info import AppInfo, app_info
from bitrix_app.errors import BitrixError, Parked, TokenExpired, TokenInvalid


class Verdict(StrEnum):
    """What the authorization server says about an installation."""

    THERE = "there"  # a token of it works
    GONE = "gone"  # it says so
    DOUBTED = (
        "doubted"  # tokens that worked are refused: gone, or not paid for, which removed ones are told too
    )
    REFUSED = "refused"  # our client is: gone from this portal, or our own secret is wrong
    SILENT = "silent"  # no chain is left that it could be asked with
    UNKNOWN = "unknown"  # no answer, or one that speaks of something else
    ASSUMED = "assumed"  # it said nothing for so long that the installation counts as gone


_SPOKEN = {"not_installed": Verdict.GONE, "payment": Verdict.DOUBTED, "client": Verdict.REFUSED}
_MOST_CAREFUL_FIRST = (Verdict.UNKNOWN, Verdict.REFUSED, Verdict.DOUBTED)


def ask(services: Services, installation: Installation) -> Verdict:
    """What the authorization server says, with whichever chain still tells something."""
    with services.sessions() as session:
        found = chains.usable(reading(session), installation.id)
    said = set()
    for chain in found:
        verdict = _ask_with(services, installation, chain)
        if verdict in {Verdict.THERE, Verdict.GONE}:
            return verdict
        said.add(verdict)
    if _refused_since(services, installation):
        said.add(Verdict.DOUBTED)
    return next((verdict for verdict in _MOST_CAREFUL_FIRST if verdict in said), Verdict.SILENT)


def _refused_since(services: Services, installation: Installation) -> bool:
    """Whether a token that had worked until the event was refused after it: then the server has spoken."""
    if installation.removed_at is None:
        return False
    with services.sessions() as session:
        return chains.suspected_since(reading(session), installation.id, installation.removed_at)


def _ask_with(services: Services, installation: Installation, chain: Chain) -> Verdict:
    try:
        info = info_with(services, installation, chain)
    except Parked as parked:
        # PAYMENT_REQUIRED is what removed applications get too, but an unpaid one may still be installed.
        return _SPOKEN.get(parked.reason, Verdict.UNKNOWN)
    except (oauth.ChainDead, oauth.ChainDoubted):
        return Verdict.SILENT  # invalid_grant speaks of the token alone: see `_refused_since`
    except TokenInvalid:
        return Verdict.DOUBTED
    except BitrixError:
        return Verdict.UNKNOWN
    return Verdict.THERE if info.client_id == services.config.client_id else Verdict.UNKNOWN


def info_with(services: Services, installation: Installation, chain: Chain) -> AppInfo:
    """`app.info` with a stored pair, renewed where it is over. Raises BitrixError."""
    kept_by = owner(installation.member_id, "chain.access_token")
    try:
        return app_info(services, installation.oauth_url, services.vault.open(kept_by, chain.access_token))
    except (TokenExpired, TokenInvalid):
        fresh = oauth.refresh(services, chain.id, chain.refresh_hash)
        return app_info(services, installation.oauth_url, services.vault.open(kept_by, fresh.access_token))
