"""A session of an open line: whether it is over, and whether there is anything to upload. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.crm import Kind
from app.domain.dialogs import Reason, Transcript, UserCode
from app.domain.settings import OpenLinesAnalytics

QUIET = timedelta(seconds=10)
"""After the last word, even of a finished session: what is sent with it may still be on its way."""
LONGEST_LOOK = timedelta(hours=6)

KIND_EVENTS = {Kind.LEAD: "ONCRMLEADADD", Kind.DEAL: "ONCRMDEALADD"}


@dataclass(frozen=True, slots=True)
class Over:
    """The session may be uploaded."""


@dataclass(frozen=True, slots=True)
class GoesOn:
    """The session is still going on; look again at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to upload, now or later."""

    reason: Reason


def stage_of(
    transcript: Transcript, finished: bool, now: datetime, idle: timedelta
) -> Over | GoesOn | Nothing:
    """`finished`: the portal says that the session is closed. `idle`: a silence that counts as its end."""
    spoken = [said.at for said in transcript.said]
    if not spoken:
        return Nothing(Reason.EMPTY) if finished else GoesOn(now + idle)
    quiet_at = max(spoken) + (QUIET if finished else idle)
    return Over() if now >= quiet_at else GoesOn(min(quiet_at, now + LONGEST_LOOK))


def is_own(user_code: str, own: Collection[str]) -> bool:
    """Whether it is a chat of one of our own connectors: UIS has it already."""
    code = UserCode.read(user_code)
    return code is not None and code.connector in own


def is_followed(crm: Mapping[Kind, int], settings: OpenLinesAnalytics) -> bool:
    """Whether a session that only the list of activities told of is wanted.

    One without a lead or deal is taken in any case; without any event chosen, an outgoing webhook of the portal tells
    of both kinds.
    """
    tied = {event for kind, event in KIND_EVENTS.items() if crm.get(kind)}
    followed: set[str] = {*settings.events} or {*KIND_EVENTS.values()}
    return not tied or bool(tied & followed)
