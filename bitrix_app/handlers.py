"""Event handlers of a portal: bound and unbound until they are those that are wanted.

Bitrix24: events/event-bind, event-get, event-unbind. Binding what is bound already fails, so what is there is read
first.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from app.storage.database import reading
from app.storage.models import Installation
from app.storage.queries import installations
from app.storage.sealed import owner
from bitrix_app import manifest
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import Later, Rejected
from bitrix_app.manifest import Handler
from bitrix_app.values import rows

LINES_PER_BATCH = 40
LEASE = timedelta(minutes=1)
BUSY = 10.0


def match_handlers(client: PortalClient, wanted: Collection[Handler]) -> None:
    """Bind what is missing and unbind what is not wanted; offline handlers are left alone. Raises BitrixError."""
    found = {
        (str(row["event"]).upper(), str(row["handler"]))
        for row in rows(client.call("event.get")["result"])
        if not int(row.get("offline") or 0)
    }
    asked = {(row.event, row.url) for row in wanted}
    old = [command("event.unbind", {"event": e, "handler": url}) for e, url in sorted(found - asked)]
    new = [command("event.bind", {"event": e, "handler": url}) for e, url in sorted(asked - found)]
    carry_out(client, old + new)


def listen(client: PortalClient, events: Sequence[str]) -> None:
    """Make the handlers match the manifest with just these of the analytics events. Raises BitrixError."""
    services, number = client.services, client.installation_id
    now = services.clock.now()
    with services.sessions.begin() as session:
        if not installations.take_match_lease(session, number, now, now + LEASE):
            raise Later("the portal is being made to match the manifest", BUSY)
    try:
        with services.sessions() as session:
            row = reading(session).get_one(Installation, number)
        key = services.vault.open(owner(row.member_id, "installation.event_key"), row.event_key)
        scope = frozenset(row.scope.split(","))
        match_handlers(client, manifest.handlers(services.config.public_url, key, scope, events))
    finally:
        with services.sessions.begin() as session:
            session.get_one(Installation, number).match_lease_until = None


def carry_out(client: PortalClient, commands: Sequence[str]) -> None:
    """Commands in order, in as few requests as possible. Raises the first refusal."""
    for refusal in refusals(client, commands).values():
        raise refusal


def refusals(client: PortalClient, commands: Sequence[str]) -> dict[str, Rejected]:
    """The same, with what was refused for good by command. Raises BitrixError for everything that may pass."""
    found: dict[str, Rejected] = {}
    for start in range(0, len(commands), LINES_PER_BATCH):
        part = {f"c{number}": text for number, text in enumerate(commands[start : start + LINES_PER_BATCH])}
        answer = client.batch(part)
        for key, text in part.items():
            refusal = answer.refusal(key)
            if isinstance(refusal, Rejected):
                found[text] = refusal
            elif refusal is not None:
                raise refusal
    return found
