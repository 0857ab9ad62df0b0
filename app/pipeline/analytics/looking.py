"""Looking chats up in the report of UIS by their markers: what is in doubt, and what was said to be there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.dialogs import DialogState, Reason
from app.pipeline.analytics.desk import Round
from app.pipeline.analytics.reading import Prepared
from app.pipeline.analytics.sides import Uploads
from app.storage.models import AnalyticsDialog, AnalyticsWork
from app.storage.queries import analytics

MOST = 100
AROUND = timedelta(days=1)
"""The report's window is over the start of a chat; whether its ends are included is not said."""


def look_up_due(round_: Round) -> int:
    """Sessions in doubt, and those that the report has not shown yet, whose time has come. Raises UploadAway."""
    if round_.uploads is None:
        return 0
    with round_.services.sessions() as session:
        states = (DialogState.SENT, DialogState.UPLOADED)
        rows = list(analytics.due(session, round_.view.id, states, round_.now(), MOST))
    if not rows:
        return 0
    shown = _shown(round_.uploads, rows)
    now = round_.now()
    with round_.writing() as session:
        for row in analytics.by_ids(session, [row.id for row in rows]).values():
            if row.ext_id in shown:
                _seen(session.get_one(AnalyticsWork, round_.view.id), row, shown[row.ext_id], now)
            else:
                _not_shown(round_, row, now)
    return len(rows)


def settle(round_: Round, uploads: Uploads, group: Sequence[Prepared]) -> set[int]:
    """Which of these the report shows, by row; they are uploaded. Raises UploadAway."""
    if not group:
        return set()
    with round_.services.sessions() as session:
        rows = list(analytics.by_ids(session, [one.row_id for one in group]).values())
    shown = _shown(uploads, rows)
    there = set()
    with round_.writing() as session:
        for row in analytics.by_ids(session, [row.id for row in rows]).values():
            if row.ext_id in shown:
                _seen(session.get_one(AnalyticsWork, round_.view.id), row, shown[row.ext_id], round_.now())
                there.add(row.id)
    return there


def uploaded(round_: Round, row: AnalyticsDialog, now: datetime) -> None:
    """UIS says that it took it; the report is asked whether that is so."""
    row.state, row.reason, row.problem = DialogState.UPLOADED, None, None
    row.uploaded_at, row.looks = now, 0
    row.due_at = now + round_.rhythm.seen_looks[0]


def _shown(uploads: Uploads, rows: Sequence[AnalyticsDialog]) -> dict[str, int]:
    marks = {row.ext_id: row.started_at for row in rows if row.ext_id}
    if not marks:
        return {}
    since, till = min(marks.values()) - AROUND, max(marks.values()) + AROUND
    return uploads.look_up(list(marks), since, till)


def _seen(work: AnalyticsWork, row: AnalyticsDialog, uis_id: int, now: datetime) -> None:
    row.state, row.reason, row.problem, row.due_at = DialogState.UPLOADED, None, None, None
    row.uis_id, row.seen_at, row.uploaded_at = uis_id, now, row.uploaded_at or now
    work.uploaded_at = max(work.uploaded_at or now, now)


def _not_shown(round_: Round, row: AnalyticsDialog, now: datetime) -> None:
    """What is in doubt is sent again after several looks; what UIS said it took is missing then."""
    doubted = row.state == DialogState.SENT
    looks = round_.rhythm.doubt_looks if doubted else round_.rhythm.seen_looks[1:]
    if row.looks < len(looks):
        row.due_at = now + looks[row.looks]
        row.looks += 1
    elif doubted:
        row.state, row.due_at = DialogState.READY, now
    else:
        row.state, row.reason, row.due_at = DialogState.MISSING, Reason.NOT_AT_UIS, None
