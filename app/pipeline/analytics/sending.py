"""Uploading chats in groups, each once: the intent is committed, sent, and what became of it is recorded.

Data API: `upload.chats`. The page does not say what a partial failure does, in which order ids come, or what a second
upload with the same `ext_id` does; so whatever has been on its way once is looked up in the report by its marker before
it may be sent again, and a group that is refused is halved until the bad chat stands alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.dialogs import DialogState, Reason, Tier
from app.pipeline.analytics import looking
from app.pipeline.analytics.desk import Round
from app.pipeline.analytics.reading import Prepared, refuse
from app.pipeline.analytics.sides import UploadAway, UploadDoubt, UploadRefused, Uploads
from app.rules.analytics.upload import traffic_of
from app.storage.models import AnalyticsDialog, AnalyticsWork
from app.storage.queries import analytics

GROUP, GROUP_CHARACTERS = 50, 300_000
"""Chats of one request (the page's limit), and the characters of their messages (a limit of prudence)."""


def send(round_: Round, prepared: Sequence[Prepared]) -> int:
    """Upload what was prepared; how many UIS has now. Raises UploadAway after what it leaves is written down."""
    uploads = round_.uploads
    assert uploads is not None
    attempted = _attempted(round_, [one.row_id for one in prepared])
    fresh = [one for one in prepared if one.row_id not in attempted]
    # Whatever was on its way before is looked up first, and rides with nothing new: a chat that UIS leaves out without
    # a word stands alone in the end.
    tried = [one for one in prepared if one.row_id in attempted]
    there = looking.settle(round_, uploads, tried)
    again = [one for one in tried if one.row_id not in there]
    groups = [*_groups(fresh), *_groups(again)]
    return len(there) + sum(_send_group(round_, uploads, group) for group in groups)


def _attempted(round_: Round, row_ids: Sequence[int]) -> set[int]:
    with round_.services.sessions() as session:
        return {row.id for row in analytics.by_ids(session, row_ids).values() if row.attempts}


def _groups(prepared: Sequence[Prepared]) -> Iterator[list[Prepared]]:
    group: list[Prepared] = []
    size = 0
    for one in prepared:
        own = sum(len(message.text) for message in one.chat.messages)
        if group and (len(group) == GROUP or size + own > GROUP_CHARACTERS):
            yield group
            group, size = [], 0
        group.append(one)
        size += own
    if group:
        yield group


def _send_group(round_: Round, uploads: Uploads, group: Sequence[Prepared]) -> int:
    """Send one group, halved for as long as it is refused; how many UIS has."""
    _intend(round_, group)
    try:
        taken = uploads.upload([one.chat for one in group])
    except UploadAway:
        _take_back(round_, group, nothing_done=True)
        raise
    except UploadDoubt:
        return 0  # the intents are committed: they are looked up when nothing can be under way any more
    except UploadRefused as refusal:
        return _after_refusal(round_, uploads, group, refusal)
    if taken == len(group):
        _uploaded(round_, group)
    # The numbers of the chats are those of the report, where it shows them already.
    there = looking.settle(round_, uploads, group)
    return len(group) if taken == len(group) else len(there)


def _intend(round_: Round, group: Sequence[Prepared]) -> None:
    now = round_.now()
    with round_.writing() as session:
        for row in analytics.by_ids(session, [one.row_id for one in group]).values():
            row.state, row.sent_at, row.looks = DialogState.SENT, now, 0
            row.attempts += 1
            row.due_at = now + round_.rhythm.unknown_wait


def _take_back(round_: Round, group: Sequence[Prepared], *, nothing_done: bool) -> None:
    """Not under way any more. Unless nothing was done for sure, it is looked up before it is sent again."""
    with round_.writing() as session:
        for row in analytics.by_ids(session, [one.row_id for one in group]).values():
            row.state, row.due_at = DialogState.READY, round_.now()
            row.attempts -= int(nothing_done)


def _uploaded(round_: Round, group: Sequence[Prepared]) -> None:
    now = round_.now()
    with round_.writing() as session:
        for row in analytics.by_ids(session, [one.row_id for one in group]).values():
            looking.uploaded(round_, row, now)
        session.get_one(AnalyticsWork, round_.view.id).uploaded_at = now


def _after_refusal(round_: Round, uploads: Uploads, group: Sequence[Prepared], refusal: UploadRefused) -> int:
    """Some of them may be there all the same; of the rest the halves are sent by themselves."""
    if len(group) == 1:
        return _alone(round_, uploads, group[0], refusal)
    _take_back(round_, group, nothing_done=False)
    there = looking.settle(round_, uploads, group)
    rest = [one for one in group if one.row_id not in there]
    middle = (len(rest) + 1) // 2
    return len(there) + sum(
        _send_group(round_, uploads, half) for half in (rest[:middle], rest[middle:]) if half
    )


def _alone(round_: Round, uploads: Uploads, one: Prepared, refusal: UploadRefused) -> int:
    """The bad one. Without its session it may do: that one is too old, or not of this account."""
    if refusal.known and looking.settle(round_, uploads, [one]):
        return 1
    if refusal.about_session and one.chat.traffic.tier == Tier.SESSION:
        again = _without_session(round_, one)
        if again is not None:
            return _send_group(round_, uploads, [again])
    with round_.writing() as session:
        refuse(session.get_one(AnalyticsDialog, one.row_id), Reason.UIS, refusal.problem)
    return 0


def _without_session(round_: Round, one: Prepared) -> Prepared | None:
    settings = round_.view.settings
    with round_.writing() as session:
        row = session.get_one(AnalyticsDialog, one.row_id)
        row.session_refused = True
        traffic = traffic_of(settings, row.connector, None)
        if traffic is None:
            return None
        row.tier = traffic.tier
        numbers = {
            "source_id": traffic.source_id,
            "site_id": traffic.site_id,
            "campaign_id": traffic.campaign_id,
        }
        row.target = {name: number for name, number in numbers.items() if number}
    return replace(one, chat=replace(one.chat, traffic=traffic))
