"""Links to files of messages that others may open without a session of ours.

A link names an installation, a conversation and a message by number, no person and no name, and is signed: it
cannot be guessed or changed into another. In a CRM record it has no end, because a record is read for years;
whether the installation is still there is checked at every opening. For third parties (a messenger that fetches
the file once) it ends soon.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, Signer

from app.base.clock import Clock

SHORT = timedelta(hours=1)
_SEPARATOR = "."


class LinkInvalid(Exception):
    """Not a link of ours."""


class LinkOver(Exception):
    """A link of ours that has ended."""


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a file hangs: ids of ours, and the id of the message in UIS."""

    installation_id: int
    conversation_id: int
    message_id: int


class FileLinks:
    """Makes and reads links. The same place always gives the same lasting link."""

    def __init__(self, public_url: str, secret_keys: Sequence[str], clock: Clock) -> None:
        self._base = f"{public_url}/files/"
        # itsdangerous signs with the last key of the list and accepts all of them.
        self._signer = Signer(list(reversed(secret_keys)), salt="file-link", sep="~")
        self._clock = clock

    def lasting(self, place: FilePlace) -> str:
        """Address for a record of the CRM: never goes stale."""
        return self._url(place, 0)

    def short(self, place: FilePlace, life: timedelta = SHORT) -> str:
        """Address for a third party, valid for `life`."""
        until: datetime = self._clock.now() + life
        return self._url(place, int(until.timestamp()))

    def steady(self, place: FilePlace, life: timedelta = SHORT) -> str:
        """The same, and always the same address within a while: a page that reads it again loads nothing again."""
        step = int(life.total_seconds())
        begun = int(self._clock.now().timestamp()) // step
        return self._url(place, (begun + 2) * step)

    def read(self, token: str) -> FilePlace:
        """The place that the last part of an address names. Raises LinkInvalid, LinkOver."""
        try:
            numbers = self._signer.unsign(token.encode("utf-8", "replace")).decode().split(_SEPARATOR)
            installation_id, conversation_id, message_id, until = (int(number) for number in numbers)
        except (BadSignature, ValueError):
            raise LinkInvalid("not a link of ours") from None
        if until and self._clock.now().timestamp() >= until:
            raise LinkOver("the link has ended")
        return FilePlace(installation_id, conversation_id, message_id)

    def _url(self, place: FilePlace, until: int) -> str:
        numbers = (place.installation_id, place.conversation_id, place.message_id, until)
        return self._base + self._signer.sign(_SEPARATOR.join(map(str, numbers))).decode()
