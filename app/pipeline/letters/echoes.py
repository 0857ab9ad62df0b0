"""Messages of ours that come back from UIS: by its id, or, when the answer was lost, by operator, text and time.

Chat API: "Отправка сообщения" takes no key of ours. What is recognised clears the doubt about its letter, and is not
carried into the line that it came from.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.mail import Exit, Kind, LetterState
from app.pipeline.fold_messages import Key
from app.storage.models import Conversation, Message, OutboxRow
from app.storage.queries import outbox

NEAR = timedelta(minutes=2)


def recognise(
    session: Session, installation_id: int, messages: Mapping[Key, Message],
    chats: Mapping[int, Conversation],
) -> tuple[dict[Key, OutboxRow], list[OutboxRow]]:  # fmt: skip
    """Letters behind messages of operators, and those whose doubt is cleared. `chats`: conversations by id of ours."""
    seen = {key: row for key, row in messages.items() if row.source == "operator"}
    if not seen:
        return {}, []
    known = outbox.by_remote(session, installation_id, {row.message_id for row in seen.values()})
    found = {key: known[row.message_id] for key, row in seen.items() if row.message_id in known}
    strangers = {key: row for key, row in sorted(seen.items()) if key not in found and any(_said(row))}
    cleared: list[OutboxRow] = []
    unheard = list(outbox.unheard(session, installation_id, Exit.UIS)) if strangers else []
    for key, row in strangers.items():
        chat = chats[row.conversation_id]
        letter = next((one for one in unheard if _is_that(one, row, chat)), None)
        if letter is None:
            continue
        unheard.remove(letter)
        letter.remote_id = row.message_id
        found[key] = letter
        if letter.state == LetterState.IN_DOUBT:
            cleared.append(letter)
    return found, cleared


def _is_that(letter: OutboxRow, message: Message, chat: Conversation) -> bool:
    said = letter.result.get("said") or {}
    return (
        letter.kind == Kind.MESSAGE
        and letter.sent_at is not None
        and said.get("chat") == chat.source_id
        and said.get("operator_id") == message.operator_id
        and (_bare(said.get("text")), said.get("file")) == _said(message)
        and abs(message.sent_at - letter.sent_at) <= NEAR
    )


def _said(message: Message) -> tuple[str, str | None]:
    resource = message.resource or {}
    return _bare(message.text), resource.get("name") or resource.get("file_name")


def _bare(text: object) -> str:
    return " ".join(str(text or "").split())
