"""Links to files of messages, for places where nobody has a session of ours.

A link names an installation, a conversation and a message by number, no person and no name, and is signed: it
cannot be guessed or changed into another. In a record of the CRM, which is read for years, it leads into the portal:
our page opens there, in a frame whose user is known, and asks whether he may see the conversation. For third parties
(a messenger that fetches the file once) it gives the file to whoever has it, and ends soon.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, Signer

from app.base.clock import Clock
from app.base.config import Config
from app.base.portal_links import app_link

SHORT = timedelta(hours=1)
PARAMETER = "file"
_SEPARATOR = "."


class LinkInvalid(Exception):
    """Not a link of ours."""


class LinkOver(Exception):
    """A link of ours that has ended."""


class LinkOfRecord(Exception):
    """A link as records of the CRM held them once: it has no right of its own. `place`: of its file."""

    def __init__(self, place: "FilePlace") -> None:
        super().__init__("a link of a record")
        self.place = place


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a file hangs: ids of ours, and the id of the message in UIS."""

    installation_id: int
    conversation_id: int
    message_id: int


class FileLinks:
    """Makes and reads links. The same place in the same portal always gives the same lasting link."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._base = f"{config.public_url}/files/"
        self._code = config.link_code
        # itsdangerous signs with the last key of the list and accepts all of them.
        self._signer = Signer(list(reversed(config.secret_keys)), salt="file-link", sep="~")
        self._clock = clock

    def lasting(self, place: FilePlace, portal_url: str) -> str:
        """Address for a record of the CRM: never goes stale, and opens for those who may see the conversation."""
        return app_link(portal_url, self._code, PARAMETER, self._token(place, 0))

    def short(self, place: FilePlace, life: timedelta = SHORT) -> str:
        """Address for a third party, valid for `life`."""
        until: datetime = self._clock.now() + life
        return self._url(place, int(until.timestamp()))

    def steady(self, place: FilePlace, life: timedelta = SHORT) -> str:
        """The same, and always the same address within a while: a page that reads it again loads nothing again."""
        step = int(life.total_seconds())
        begun = int(self._clock.now().timestamp()) // step
        return self._url(place, (begun + 2) * step)

    def named(self, token: str) -> FilePlace:
        """The place that a token names, for whoever asks about rights himself. Raises LinkInvalid."""
        return self._read(token)[0]

    def read(self, token: str) -> FilePlace:
        """The place whose file may be given to whoever has this token. Raises LinkInvalid, LinkOver, LinkOfRecord."""
        place, until = self._read(token)
        if not until:
            raise LinkOfRecord(place)
        if self._clock.now().timestamp() >= until:
            raise LinkOver("the link has ended")
        return place

    def _read(self, token: str) -> tuple[FilePlace, int]:
        try:
            numbers = self._signer.unsign(token.encode("utf-8", "replace")).decode().split(_SEPARATOR)
            installation_id, conversation_id, message_id, until = (int(number) for number in numbers)
        except (BadSignature, ValueError):
            raise LinkInvalid("not a link of ours") from None
        return FilePlace(installation_id, conversation_id, message_id), until

    def _url(self, place: FilePlace, until: int) -> str:
        return self._base + self._token(place, until)

    def _token(self, place: FilePlace, until: int) -> str:
        numbers = (place.installation_id, place.conversation_id, place.message_id, until)
        return self._signer.sign(_SEPARATOR.join(map(str, numbers))).decode()
