"""A session of an open line as a chat for UIS: traffic, contact, employees, times. Pure.

Data API: `upload.chats`. UIS wants a phone or an e-mail, a session or a campaign or a site, an employee for every
message of an operator, and messages later than the start; times have whole seconds.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.dialogs import (
    Client,
    Reason,
    Refusal,
    Said,
    Tier,
    Traffic,
    Transcript,
    UploadChat,
    UploadMessage,
    UserCode,
)
from app.domain.settings import OpenLinesAnalytics
from app.rules.identity import emails as email_of
from app.rules.identity import normalise
from app.rules.markers import marker
from app.rules.open_lines.plain import plain
from app.rules.titles import one_line

SECOND = timedelta(seconds=1)
MOST_TEXT = 10_000
MOST_RAW = 40_000
_FILE = {"ru": "Файл: {name}", "en": "File: {name}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the portal and its settings give. `pairs`: user of the portal -> UIS employee, those at work only."""

    settings: OpenLinesAnalytics
    pairs: Mapping[int, int]
    own_numbers: Collection[str]
    lang: str
    now: datetime


def ext_id(member_id: str, account: str, session_id: int) -> str:
    """The marker of a session in UIS: depends on nothing that an administrator can change, and names the session."""
    mark = marker(member_id=member_id, account=account, kind="line", source_id=session_id, role="chat")
    return f"b24-{session_id}-{mark[:20]}"


def traffic_of(
    settings: OpenLinesAnalytics, connector: str, visitor_session_id: int | None
) -> Traffic | None:
    """The session where it is known (UIS takes everything else from it), else the joined source, else the default."""
    if visitor_session_id:
        return Traffic(tier=Tier.SESSION, visitor_session_id=visitor_session_id)
    rows = {row.connector: row for row in settings.messengers}
    for tier, target in ((Tier.MESSENGER, rows.get(connector)), (Tier.DEFAULT, settings.default)):
        if target is None:
            continue
        if settings.traffic_type == "campaign" and target.campaign_id:
            return Traffic(tier=tier, campaign_id=target.campaign_id)
        if settings.traffic_type == "source" and target.site_id:
            return Traffic(tier=tier, source_id=target.source_id, site_id=target.site_id)
    return None


def chat_of(
    transcript: Transcript, client: Client, desk: Desk, mark: str, *, use_session: bool = True
) -> UploadChat | Refusal:
    """The chat to upload under the marker `mark`. `use_session` False: UIS did not accept the visitor's session."""
    code = UserCode.read(transcript.user_code)
    session_id = transcript.visitor_session_id if use_session else None
    traffic = traffic_of(desk.settings, code.connector if code else "", session_id)
    if traffic is None:
        return Refusal(Reason.NO_TARGET)
    phone, email = _phone(client, desk.own_numbers), _first(map(email_of, client.emails))
    if phone is None and email is None:
        return Refusal(Reason.BAD_CONTACT if client.phones or client.emails else Reason.NO_CONTACT)
    started = min(_seconds(min(said.at for said in transcript.said)), _seconds(desk.now) - SECOND)
    messages = tuple(_messages(transcript.said, started, desk))
    if not messages:
        return Refusal(Reason.EMPTY)
    if any(message.source == "operator" and message.employee_id is None for message in messages):
        return Refusal(Reason.NO_EMPLOYEE)
    return UploadChat(
        ext_id=mark, started_at=started, name=one_line(client.name or transcript.client_name), phone=phone,
        email=email, status=_status(messages), initiator=_initiator(messages), traffic=traffic, messages=messages,
    )  # fmt: skip


def _phone(client: Client, own: Collection[str]) -> str | None:
    """The first that is a phone at all; one of the company's own channels is nobody's."""
    ours = {normalise(number) for number in own}
    return next((phone for phone in map(normalise, client.phones) if phone and phone not in ours), None)


def _first(values: Iterator[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _messages(said: Collection[Said], started: datetime, desk: Desk) -> Iterator[UploadMessage]:
    """In order, each later than the start by a second at least and never in the future."""
    latest = _seconds(desk.now)
    for one in sorted(said, key=lambda each: (each.at, each.id)):
        at = min(max(_seconds(one.at), started + SECOND), latest)
        employee = _employee(one, desk) if one.author == "operator" else None
        if text := _text(one, desk.lang):
            yield UploadMessage(at, one.author, text, employee)


def _employee(said: Said, desk: Desk) -> int | None:
    """Always the chosen one, or only where the operator is nobody in UIS."""
    chosen = desk.settings.employee_id
    if desk.settings.employee_mode == "always" or said.user_id is None:
        return chosen
    return desk.pairs.get(said.user_id, chosen)


def _text(said: Said, lang: str) -> str:
    words = [plain(said.text[:MOST_RAW])[:MOST_TEXT]]
    words += [_FILE["ru" if lang == "ru" else "en"].format(name=one_line(name)) for name in said.files]
    return "\n".join(word for word in words if word)


def _status(messages: Collection[UploadMessage]) -> str:
    """As `get.chats_report` defines them: two-sided, without the visitor, without the operator."""
    heard = {message.source for message in messages}
    if "visitor" not in heard:
        return "refused"
    return "succeed" if "operator" in heard else "lost"


def _initiator(messages: Collection[UploadMessage]) -> str:
    return next(iter(messages)).source


def _seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)
