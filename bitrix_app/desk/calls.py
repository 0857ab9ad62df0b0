"""Letters to the portal as REST calls. Pure.

Bitrix24: crm/timeline/comments/crm-timeline-comment-add (BB code), chats/notifications/im-notify-system-add,
crm/automation/triggers/crm-automation-trigger-execute, bizproc/bizproc-robot/bizproc-event-send.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.card import entity_type_id
from app.domain.mail import Kind, Letter
from app.rules.markup import neutral
from bitrix_app.batch import MAX_COMMANDS
from bitrix_app.encoding import command

COMMENTS = "crm.timeline.comment.list"


def pack(runs: Sequence[Sequence[Letter]]) -> list[list[Letter]]:
    """The first letter of each thread; those of robots alone, for a card is read before anything is written."""
    heads = [run[0] for run in runs]
    alone = [[letter] for letter in heads if letter.kind == Kind.ROBOT]
    rest = [letter for letter in heads if letter.kind != Kind.ROBOT]
    return [*alone, *(rest[start : start + MAX_COMMANDS] for start in range(0, len(rest), MAX_COMMANDS))]


def call_of(letter: Letter, link: str) -> tuple[str, dict[str, Any]]:
    """Method and parameters. `link`: the address that opens the conversation of a reminder."""
    body = letter.body
    if letter.kind == Kind.NOTE:
        return "crm.timeline.comment.add", {"fields": _place(body) | {"COMMENT": note_text(letter)}}
    if letter.kind == Kind.REMIND:
        message = f"{body['text']} [URL={link}]{body['open']}[/URL]"
        return "im.notify.system.add", {"USER_ID": body["user_id"], "MESSAGE": message, "TAG": body["tag"]}
    if letter.kind == Kind.TRIGGER:
        owner = {"OWNER_TYPE_ID": entity_type_id(body["card"]["type"]), "OWNER_ID": body["card"]["id"]}
        return "crm.automation.trigger.execute", {"CODE": body["code"], **owner}
    returned = {"RETURN_VALUES": body["values"], "LOG_MESSAGE": body["log"]}
    return "bizproc.event.send", {"EVENT_TOKEN": body["token"], **returned}


def note_text(letter: Letter) -> str:
    """A note with its author, whose account did not write it, and the reference line by which it is found again."""
    return f"{neutral(letter.body['author'])}:\n{neutral(letter.body['text'])}\n{reference(letter)}"


def reference(letter: Letter) -> str:
    return f"OMNI-note-{letter.id}"


def search(letter: Letter) -> str:
    """A command for the newest comments of the card of a note."""
    wanted = {"filter": _place(letter.body), "select": ["ID", "COMMENT"], "order": {"ID": "DESC"}}
    return command(COMMENTS, wanted)


def _place(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"ENTITY_TYPE": body["card"]["type"], "ENTITY_ID": body["card"]["id"]}
