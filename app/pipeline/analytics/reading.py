"""Reading sessions that are due: what goes on waits, what is over becomes a chat for UIS or a refusal in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.crm import Kind
from app.domain.dialogs import (
    NOTHINGS,
    DialogState,
    Reason,
    Refusal,
    Transcript,
    UploadChat,
    UserCode,
)
from app.pipeline.analytics.desk import Round
from app.pipeline.analytics.sides import Cards, Unreadable
from app.pipeline.asking import halved
from app.pipeline.crm_side import LookupRefused
from app.rules.analytics.dialogs import GoesOn, Nothing, is_followed, is_own, stage_of
from app.rules.analytics.upload import chat_of, ext_id
from app.storage.models import AnalyticsDialog
from app.storage.queries import analytics

MOST = 50
"""Sessions of one reading: what fits into one upload."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A session that can be uploaded: its row, what was said, and the chat for UIS."""

    row_id: int
    transcript: Transcript
    chat: UploadChat


def read_due(round_: Round, states: Sequence[DialogState]) -> tuple[int, list[Prepared]]:
    """Read sessions of these states whose time has come. How many were, and those to upload. Raises CrmAway."""
    with round_.services.sessions() as session:
        rows = list(analytics.due(session, round_.view.id, states, round_.now(), MOST))
    if not rows:
        return 0, []
    numbers = [row.session_id for row in rows]
    told = [_answer(one) for one in halved(round_.lines.transcripts, numbers)]
    over = [
        (row, one)
        for row, one in zip(rows, told, strict=True)
        if isinstance(one, Transcript) and not isinstance(_stage(round_, row, one), GoesOn | Nothing)
    ]
    clients = round_.lines.clients([_cards(row, one) for row, one in over]) if over else []
    mark = round_.uploads.account if round_.uploads else ""
    desk = round_.view.desk(round_.now())
    chats = {
        row.id: chat_of(
            one, client, desk, row.ext_id or ext_id(round_.view.member_id, mark, row.session_id),
            use_session=not row.session_refused,
        )
        for (row, one), client in zip(over, clients, strict=True)
    }  # fmt: skip
    return len(rows), _record(round_, rows, told, chats)


def _answer(told: Transcript | Unreadable | LookupRefused) -> Transcript | Unreadable:
    return Unreadable(told.reason) if isinstance(told, LookupRefused) else told


def _stage(round_: Round, row: AnalyticsDialog, transcript: Transcript) -> object:
    if is_own(transcript.user_code, round_.lines.own_connectors):
        return Nothing(Reason.OWN_CONNECTOR)
    if row.via == "list" and not is_followed(_cards(row, transcript), round_.view.settings):
        return Nothing(Reason.KIND_OFF)
    # What was over once stays so: sent again by hand, it may have been spoken in since.
    finished = row.finished or row.state == DialogState.READY
    return stage_of(transcript, finished, round_.now(), round_.view.idle)


def _cards(row: AnalyticsDialog, transcript: Transcript) -> Cards:
    """The cards that a session hangs on: those of its activity or event first, else those of its chat now."""
    own = {kind: number for kind in Kind if (number := getattr(row, f"{kind}_id"))}
    return {**transcript.crm, **own}


def _record(
    round_: Round, rows: Sequence[AnalyticsDialog], told: Sequence[Transcript | Unreadable],
    chats: dict[int, UploadChat | Refusal],
) -> list[Prepared]:  # fmt: skip
    prepared = []
    with round_.writing() as session:
        kept = analytics.by_ids(session, [row.id for row in rows])
        for old, one in zip(rows, told, strict=True):
            row = kept[old.id]
            if isinstance(one, Unreadable):
                refuse(row, Reason.NO_ACCESS, one.words)
                continue
            _facts(round_, row, one)
            chat = chats.get(row.id)
            if isinstance(chat, UploadChat):
                _be_ready(row, chat, round_.now())
                prepared.append(Prepared(row.id, one, chat))
            elif chat is not None:
                _settle(round_, row, chat.reason)
            else:
                _go_on(row, _stage(round_, old, one))
    return prepared


def _facts(round_: Round, row: AnalyticsDialog, transcript: Transcript) -> None:
    code = UserCode.read(transcript.user_code)
    if code is not None:
        row.user_code, row.connector, row.line_id = (
            transcript.user_code[:255],
            code.connector[:64],
            code.line_id,
        )
    row.chat_id, row.messages = transcript.chat_id, len(transcript.said)
    row.visitor_session_id = transcript.visitor_session_id
    if transcript.said:
        row.started_at = min(said.at for said in transcript.said)
        row.last_at = max(said.at for said in transcript.said)
        row.day = round_.view.day(row.started_at)
    for kind, number in transcript.crm.items():
        if getattr(row, f"{kind}_id") is None:
            setattr(row, f"{kind}_id", number)


def _be_ready(row: AnalyticsDialog, chat: UploadChat, now: datetime) -> None:
    traffic = chat.traffic
    target = {
        "source_id": traffic.source_id, "site_id": traffic.site_id, "campaign_id": traffic.campaign_id,
    }  # fmt: skip
    row.state, row.reason, row.problem, row.due_at = DialogState.READY, None, None, now
    row.tier, row.ext_id = traffic.tier, chat.ext_id
    row.target = {name: number for name, number in target.items() if number}


def _go_on(row: AnalyticsDialog, stage: object) -> None:
    if isinstance(stage, GoesOn):
        row.state, row.due_at = DialogState.WAITING, stage.until
    elif isinstance(stage, Nothing):
        row.state, row.reason, row.due_at = DialogState.NOTHING, stage.reason, None


def _settle(round_: Round, row: AnalyticsDialog, reason: Reason) -> None:
    """What cannot be uploaded. A client whose contact comes later is looked at again a few times."""
    if reason in NOTHINGS:
        row.state, row.reason, row.due_at = DialogState.NOTHING, reason, None
        return
    refuse(row, reason)
    looks = round_.rhythm.contact_looks
    if reason in (Reason.NO_CONTACT, Reason.BAD_CONTACT) and row.looks < len(looks):
        row.due_at = round_.now() + looks[row.looks]
        row.looks += 1


def refuse(row: AnalyticsDialog, reason: Reason, problem: str | None = None) -> None:
    """It is not uploaded, unless a person sends it again."""
    row.state, row.reason, row.problem, row.due_at = DialogState.REFUSED, reason, problem, None
