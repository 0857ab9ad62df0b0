"""What one call needs to be sent, what it has tried already, and why it is given up."""

from dataclasses import dataclass, field

from app.storage.models import Installation
from app.storage.services import Services
from bitrix_app import errors, oauth
from bitrix_app.app_info import AppInfo
from bitrix_app.errors import BitrixError, Parked, Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one request needs: where, with which token, and which chain that is."""

    member_id: str
    endpoint: str
    oauth_url: str
    chain_id: int
    token: str
    refresh_hash: str


@dataclass(slots=True)
class Attempt:
    """What one call has tried already."""

    refused: dict[int, Rejected] = field(default_factory=dict)  # by chain
    renewed: set[int] = field(default_factory=set)
    moved: bool = False


def store_address(services: Services, installation_id: int, info: AppInfo) -> None:
    """Remember a portal's address as the authorization server told it."""
    with services.sessions.begin() as session:
        installation = session.get_one(Installation, installation_id)
        installation.client_endpoint = info.client_endpoint
        installation.portal_url = info.portal_url


def hopeless(attempt: Attempt) -> BitrixError:
    """Every chain was refused: say why, or ask for a new authorization when there is none."""
    for refusal in attempt.refused.values():
        if isinstance(refusal, oauth.ChainDead):
            continue
        if refusal.code.lower() in {"user_access_error", "invalid_credentials"}:
            return Parked("app_access", errors.PROBE_SLOWLY)
        if refusal.code.lower() == "access_denied":
            return refusal
    return Parked("reauth", errors.PROBE_SLOWLY)
