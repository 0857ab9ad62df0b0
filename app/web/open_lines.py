"""The open lines of a portal in words: state of our connector, what would make doubles, what can be repaired."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.problems import in_words
from app.base.texts import text
from app.pipeline.view import section
from app.storage.models import (
    Installation,
    LineState,
    LinesWork,
    OpenLine,
    UisChannel,
    UisConnection,
)
from app.storage.queries import directory, lines, outbox
from bitrix_app.words import words_of

OURS = "OMNI"
"""The name that our connector has in every portal: another one of it is a second copy of this application."""
WORKS = (LineState.ON, LineState.JOINING, LineState.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a line. `level`: notice | warning | broken; `repair`: whether we can do something about it."""

    code: str
    level: str
    repair: str | None = None
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What findings are made of beside the line itself."""

    channels: Mapping[int, UisChannel]
    names: Mapping[int, str]  # users
    pairs: frozenset[int]  # users joined to employees
    default_employee: bool
    creating: bool  # the application makes leads or deals itself
    answering: str


def overview(session: Session, installation: Installation, lang: str) -> dict[str, Any]:
    """For GET /api/open_lines."""
    document = section(session, installation.id, "open_lines")
    joined = _joined(session, installation.id, document)
    by_line = {number: _on_line(document, number) for number in {row["line_id"] for row in document["lines"]}}
    rows = lines.rows(session, installation.id)
    work = session.get(LinesWork, installation.id)
    return {
        "enabled": bool(document["enabled"]),
        "state": "running" if work is not None and work.lease_until is not None else "idle",
        "checked_at": work.read_at.isoformat() if work is not None and work.read_at else None,
        "problem": _run_problem(work, lang),
        "lines": [_line(row, by_line.get(row.line_id, []), document, joined, lang) for row in rows],
        "channels": [_channel(row, document) for row in joined.channels.values()],
        "letters": letter_counts(session, installation.id),
    }


def findings(session: Session, installation: Installation) -> list[tuple[OpenLine, Finding]]:
    """Everything that is wrong with lines that carry channels of UIS, the worst first."""
    document = section(session, installation.id, "open_lines")
    if not document["enabled"]:
        return []
    joined = _joined(session, installation.id, document)
    found = [
        (row, finding)
        for row in lines.rows(session, installation.id)
        for finding in _findings(row, _on_line(document, row.line_id), joined)
    ]
    return sorted(found, key=lambda pair: ("broken", "warning", "notice").index(pair[1].level))


def letter_counts(session: Session, installation_id: int) -> dict[str, int]:
    """Letters that are on their way or need a person."""
    counts = outbox.open_counts(session, installation_id)
    return {
        "waiting": counts.get("waiting", 0) + counts.get("sent", 0),
        "failed": counts.get("failed", 0),
        "in_doubt": counts.get("in_doubt", 0),
    }


def words(finding: Finding, lang: str) -> str:
    """What is wrong, why it matters, what to do."""
    params = dict(finding.params)
    if isinstance(params.get("problem"), dict):
        params["problem"] = words_of(params["problem"], lang)
    return text(f"lines.finding.{finding.code}", lang, **params)


def _line(
    row: OpenLine, channels: list[int], document: Mapping[str, Any], joined: Joined, lang: str
) -> dict[str, Any]:
    found = list(_findings(row, channels, joined)) if channels and document["enabled"] else []
    return {
        "id": row.line_id, "name": row.name or f"#{row.line_id}", "active": bool(row.live.get("active")),
        "state": str(row.state), "state_text": text(f"lines.state.{row.state}", lang),
        "channels": [{"id": number, "name": _name(joined, number)} for number in channels],
        "others": [str(other["name"]) for other in row.live.get("others") or ()],
        "problems": [
            {
                "code": finding.code, "level": finding.level, "text": words(finding, lang), "repair": finding.repair,
                "repair_text": text(f"lines.repair.{finding.repair}", lang) if finding.repair else None,
            }
            for finding in found
        ],
        "checked_at": row.checked_at.isoformat() if row.checked_at else None,
    }  # fmt: skip


def _channel(row: UisChannel, document: Mapping[str, Any]) -> dict[str, Any]:
    line = next(
        (one["line_id"] for one in document["lines"] if one["channel_id"] == row.chat_channel_id), None
    )
    return {
        "id": row.chat_channel_id,
        "name": row.name,
        "type": row.type,
        "joined": row.joined,
        "line_id": line,
    }


def _findings(row: OpenLine, channels: list[int], joined: Joined) -> Iterator[Finding]:
    if not channels:
        return
    yield from _switching(row)
    if row.state != LineState.GONE and row.checked_at is not None:
        yield from _doubles(row, joined)
        yield from _people(row, joined)
    for number in channels:
        if number not in joined.channels or not joined.channels[number].joined:
            yield Finding(code="channel_left", level="broken", params={"channel": _name(joined, number)})
    if joined.answering == "uis":
        yield Finding(code="answering_uis", level="warning", params={})


def _switching(row: OpenLine) -> Iterator[Finding]:
    """Whether messages can come and go at all."""
    if row.state == LineState.GONE:
        yield Finding(
            code="line_gone", level="broken", repair="own_line", params={"line": row.name or row.line_id}
        )
    elif row.state == LineState.STOPPED:
        yield Finding(code="stopped", level="broken", repair="switch_on", params={"line": row.name})
    elif row.state == LineState.JOINING and row.problem:
        params = {"problem": row.problem}
        yield Finding(code="not_joined", level="broken", repair="switch_on", params=params)
    if row.checked_at is not None and row.state != LineState.GONE and not row.live.get("active"):
        yield Finding(code="line_off", level="broken", repair="line_on", params={"line": row.name})


def _doubles(row: OpenLine, joined: Joined) -> Iterator[Finding]:
    """What would show one client twice, or make two leads of him. Bitrix24: imopenlines.config.add ("CRM_CREATE")."""
    live = row.live
    if live.get("crm") and live.get("crm_create") not in (None, "", "none"):
        level = "warning" if joined.creating else "notice"
        code = "crm_create_too" if joined.creating else "crm_create"
        yield Finding(code=code, level=level, repair="crm_off", params={"line": row.name})
    if live.get("crm") and live.get("crm_create_second") != "N":
        yield Finding(code="repeat_leads", level="warning", repair="repeat_off", params={"line": row.name})
    others = live.get("others") or []
    copies = [one["name"] for one in others if one["name"] == OURS]
    foreign = [one["name"] for one in others if one["name"] != OURS]
    if copies:
        yield Finding(code="second_omni", level="broken", repair="own_line", params={"line": row.name})
    if foreign:
        params = {"line": row.name, "others": ", ".join(foreign)}
        yield Finding(code="others", level="warning", repair="own_line", params=params)


def _people(row: OpenLine, joined: Joined) -> Iterator[Finding]:
    """Operators who could not answer: UIS wants an employee for every message."""
    lonely = [
        joined.names.get(user, f"#{user}") for user in row.live.get("queue") or () if user not in joined.pairs
    ]
    if lonely and not joined.default_employee:
        yield Finding(code="unpaired", level="warning", params={"names": ", ".join(lonely[:5])})


def _on_line(document: Mapping[str, Any], line_id: int) -> list[int]:
    return [row["channel_id"] for row in document["lines"] if row["line_id"] == line_id]


def _name(joined: Joined, number: int) -> str:
    return joined.channels[number].name if number in joined.channels else f"#{number}"


def _joined(session: Session, installation_id: int, document: Mapping[str, Any]) -> Joined:
    connection = session.scalar(select(UisConnection).where(UisConnection.installation_id == installation_id))
    query = select(UisChannel).where(UisChannel.connection_id == (connection.id if connection else None))
    channels = session.scalars(query.order_by(UisChannel.name)).all()
    users = directory.items(session, installation_id, "users") or []
    staff = directory.employees(session, installation_id)
    return Joined(
        channels={row.chat_channel_id: row for row in channels if row.status != "deleted"},
        names={int(user["id"]): str(user.get("title", "")) for user in users},
        pairs=frozenset(one.user_id for one in staff if one.active and one.user_id is not None),
        default_employee=document.get("default_employee_id") is not None,
        creating=any(_creates(section(session, installation_id, name)) for name in ("chats", "offline")),
        answering=connection.answering if connection else "bitrix24",
    )


def _creates(document: Mapping[str, Any]) -> bool:
    create = document.get("create") or {}
    return bool(document.get("enabled")) and bool(create.get("on_first") or create.get("on_repeat"))


def _run_problem(work: LinesWork | None, lang: str) -> str | None:
    return in_words(work.problem, partial(text, lang=lang), "install.text") if work and work.problem else None
