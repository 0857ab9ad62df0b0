"""The address that an administrator gives to an outgoing webhook of the portal: made when it is first looked at."""

from app.base.tokens import new_secret, sha256
from app.storage.database import reading
from app.storage.models import Installation
from app.storage.queries import webhooks
from app.storage.sealed import owner
from app.storage.services import Services


def webhook_url(services: Services, installation: Installation) -> str:
    """`https://our.host/webhook/<256 bits>`; always the same for one installation."""
    kept_by = owner(installation.member_id, "webhook.key")
    with services.sessions() as session:
        found = webhooks.of_installation(reading(session), installation.id)
    if found is None:
        key = new_secret()
        with services.sessions.begin() as session:
            sealed = services.vault.seal(kept_by, key)
            webhooks.make(session, installation.id, sealed, sha256(key), services.clock.now())
            found = webhooks.of_installation(session, installation.id)
    assert found is not None
    return f"{services.config.public_url}/webhook/{services.vault.open(kept_by, found.key)}"
