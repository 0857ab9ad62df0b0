"""What an error means for a letter, and for all letters of its exit."""

from app.base.problems import stored
from app.domain.mail import REPEATABLE, Delivery, Letter
from app.domain.plan import Failed, Retry, Unknown
from app.pipeline.letters.exits import ExitAway
from bitrix_app.errors import BitrixError, Later, NoAnswer, Parked, Rejected, pause_of

AGAIN_S = 10.0


def of_error(letter: Letter, error: BitrixError) -> Delivery:
    """What became of a letter whose call was answered by an error: nothing was done, unless no answer came."""
    if isinstance(error, NoAnswer):
        return lost(letter, error.reason) if error.sent else Retry(5.0, error.reason, counts=False)
    if isinstance(error, Later):
        return Retry(max(error.after, 0.5), str(error), counts=False)
    if isinstance(error, Parked):
        return Retry(error.probe_after, error.reason, counts=False)
    if not isinstance(error, Rejected):
        return Retry(AGAIN_S, str(error))
    return Failed(stored("bitrix_refused", {"reason": error.code, "words": error.text[:300]}))


def lost(letter: Letter, reason: str) -> Delivery:
    """No answer says whether it was done; what is harmless twice is sent again."""
    return Retry(AGAIN_S, reason) if letter.kind in REPEATABLE else Unknown(reason)


def away(error: BitrixError) -> ExitAway:
    """An error of a whole request that says: nothing was done."""
    reason, after, parked = pause_of(error)
    return ExitAway(reason, after, parked=parked)
