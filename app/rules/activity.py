"""The activity ("Дело") of a conversation: one per conversation, updated in place, completed at the close.

Bitrix24: api-reference/crm/timeline/activities/configurable/structure/layout. Texts of clients stand in plain
`text` blocks only.
"""

import hashlib
import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

from app.domain.conversation import PortalView, Snapshot
from app.domain.facts import fact
from app.rules.markup import neutral
from app.rules.questions import phones_of

LAST_MESSAGES = 3
LAST_FILES = 3
MESSAGE_LENGTH = 300
WHOLE_LENGTH = 20_000
WORDS = {
    "ru": {"channel": "Канал", "client": "Клиент", "phone": "Телефон", "last": "Последние сообщения",
           "operator": "Оператор", "open": "Открыть диалог", "visitor": "Клиент", "closed": "Чат завершён",
           "files": "Файлы"},
    "en": {"channel": "Channel", "client": "Client", "phone": "Phone", "last": "Last messages",
           "operator": "Operator", "open": "Open the conversation", "visitor": "Client", "closed": "Chat closed",
           "files": "Files"},
}  # fmt: skip
OF_REQUESTS = {
    "ru": {"channel": "Форма", "open": "Открыть заявку", "closed": "Заявка обработана"},
    "en": {"channel": "Form", "open": "Open the request", "closed": "Request processed"},
}
"""What the words of an offline request are where they differ."""


def layout(
    snapshot: Snapshot, view: PortalView, title: str,
    lines: Sequence[tuple[str | None, str]] = (), *, whole: bool = False, files: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """How the activity looks in the timeline; the button opens the workplace with this conversation.

    `lines`: what the mapping adds, (title, text) each. `whole`: the transcript stands in it, not only the last
    messages; Bitrix24 folds such a block up to a preview. `files`: whether the last files are linked.
    """
    words = _words(snapshot, view)
    header: dict[str, Any] = {"title": title}
    if snapshot.closed_at is not None:
        header["tags"] = {"closed": {"title": words["closed"], "type": "success"}}
    action = {
        "type": "openRestApp",
        "actionParams": {"conversation": f"{snapshot.kind}:{snapshot.source_id}"},
        "sliderParams": {"title": title, "width": 900},
    }
    return {
        "icon": {"code": "info"},
        "header": header,
        "body": {
            "logo": {"code": "notification"},
            "blocks": _blocks(snapshot, view, words, whole)
            | (_files(snapshot, words) if files else {})
            | _mapped(lines),
        },
        "footer": {"buttons": {"open": {"title": words["open"], "action": action, "type": "primary"}}},
    }


def _words(snapshot: Snapshot, view: PortalView) -> dict[str, str]:
    return WORDS[view.lang] | (OF_REQUESTS[view.lang] if snapshot.kind == "offline" else {})


def fingerprint(look: dict[str, Any]) -> str:
    """Tells whether an activity would look different, or have other fields."""
    text = json.dumps(look, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _blocks(snapshot: Snapshot, view: PortalView, words: dict[str, str], whole: bool) -> dict[str, Any]:
    lines = {
        "channel": _came_by(snapshot, view),
        "client": fact(snapshot.facts, "visitor.name"),
        "phone": next(iter(phones_of(snapshot, view)), None),
        "operator": view.operator_names.get(snapshot.operator_id or 0),
    }
    blocks = {name: _line(words[name], neutral(str(value))) for name, value in lines.items() if value}
    said = _said(snapshot, words, len(snapshot.messages) if whole else LAST_MESSAGES)
    if whole and said:
        text = "\n".join(said)[:WHOLE_LENGTH]
        blocks["transcript"] = {"type": "largeText", "properties": {"value": text}}
    else:
        for number, text in enumerate(said, start=1):
            blocks[f"message{number}"] = _paragraph(text[:MESSAGE_LENGTH])
    return blocks or {"channel": _line(words["channel"], snapshot.kind)}


def _came_by(snapshot: Snapshot, view: PortalView) -> Any:
    """The channel of a chat; the form of a request, or the site it stands on."""
    if snapshot.kind == "offline":
        return fact(snapshot.facts, "request.form_name") or fact(snapshot.facts, "site.domain_name")
    return fact(snapshot.facts, "chat.channel_name") or view.channel_names.get(snapshot.channel_id or 0)


def _files(snapshot: Snapshot, words: dict[str, str]) -> dict[str, Any]:
    """One block with links to the last files: an activity has no room for more blocks."""
    linked = [file for message in snapshot.messages for file in message.files if file.url][-LAST_FILES:]
    links = {
        f"file{number}": {
            "type": "link",
            "properties": {"text": neutral(file.name), "action": {"type": "redirect", "uri": file.url}},
        }
        for number, file in enumerate(linked, start=1)
    }
    title = {"title": {"type": "text", "properties": {"value": f"{words['files']}:"}}}
    return {"files": {"type": "lineOfBlocks", "properties": {"blocks": title | links}}} if links else {}


def _mapped(lines: Sequence[tuple[str | None, str]]) -> dict[str, Any]:
    return {
        f"mapped{number}": _line(title, text) if title else _paragraph(text)
        for number, (title, text) in enumerate(lines, start=1)
        if text
    }


def _said(snapshot: Snapshot, words: dict[str, str], most: int) -> list[str]:
    spoken = (one for one in reversed(snapshot.messages) if one.source != "system" and one.text)
    return [
        neutral(f"{message.author or words[_side(message.source)]}: {message.text}")
        for message in islice(spoken, most)
    ][::-1]


def _side(source: str) -> str:
    return "visitor" if source == "visitor" else "operator"


def _paragraph(text: str) -> dict[str, Any]:
    return {"type": "text", "properties": {"value": text, "multiline": True}}


def _line(title: str, value: str) -> dict[str, Any]:
    block = {"type": "text", "properties": {"value": value}}
    return {"type": "withTitle", "properties": {"title": title, "inline": True, "block": block}}
