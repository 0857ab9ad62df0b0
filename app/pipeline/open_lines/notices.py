"""Words for operators of a line about what became of their messages, and delivery states."""

from typing import Protocol

from app.base.problems import in_words
from app.domain.letters import TOP, Address, Post
from app.domain.mail import Exit, Kind
from app.rules.open_lines.to_line import Say
from app.storage.models import OutboxRow

AREAS = ("letter.problem", "uis.error")
TAKEN_BACK = "taken_back"
"""Problem of a letter that its author deleted before it left."""
_LONGEST = 80


class Make(Protocol):
    """Makes a letter about another one."""

    def __call__(self, letter: OutboxRow, to: Address, *, say: Say) -> Post: ...


def delivered(letter: OutboxRow, to: Address, *, say: Say) -> Post:
    """The client has an operator's message. Bitrix24: imconnector.send.status.delivery, harmless to repeat."""
    im = letter.body["im"]
    body = {
        "line": letter.body.get("line") or to.line_id, "dialog": to.dialog_id, "chat": to.chat_key, "im": im,
        "ids": [str(letter.remote_id)],
    }  # fmt: skip
    # A thread of its own: a message that waits does not hold up what is known of another one.
    return Post(
        exit=Exit.LINE, kind=Kind.DELIVERY, thread=f"s{to.dialog_id}", key=f"delivery:{letter.key}",
        body=body, rank=letter.rank,
    )  # fmt: skip


def not_delivered(letter: OutboxRow, to: Address, *, say: Say) -> Post:
    """UIS took the message and could not bring it to the client; it does not say why."""
    return _notice(letter, to, "undelivered", say("lines.notice.undelivered", text=excerpt(letter)))


def failed(letter: OutboxRow, to: Address, *, say: Say) -> Post:
    """The message did not leave. Each time that somebody sends it again in vain is told."""
    why = in_words(letter.problem or "", say, *AREAS)
    words = say("lines.notice.failed", text=excerpt(letter), problem=why)
    moment = int(letter.settled_at.timestamp()) if letter.settled_at else 0
    return _notice(letter, to, f"failed{moment}", words)


def closed_there(letter: OutboxRow, to: Address, *, say: Say) -> Post:
    """The chat was closed at UIS, and the dialog could not be: somebody in the portal has to end it."""
    reason = in_words(str(letter.body.get("reason") or ""), say, "lines.close", "why.close")
    return _notice(letter, to, "closed", say("lines.notice.closed", reason=reason))


def doubted(letter: OutboxRow, to: Address, *, say: Say) -> Post:
    """Nobody can say whether the client has it."""
    return _notice(letter, to, "doubt", say("lines.notice.doubt", text=excerpt(letter)))


def cleared(letter: OutboxRow, to: Address, *, say: Say) -> Post:
    """The doubt is over: the message is there."""
    return _notice(letter, to, "cleared", say("lines.notice.cleared", text=excerpt(letter)))


def still_seen(letter: OutboxRow, to: Address, *, say: Say) -> Post:
    """An operator took a message away that the client keeps."""
    return _notice(letter, to, "deleted", say("lines.notice.deleted", text=excerpt(letter)))


def excerpt(letter: OutboxRow) -> str:
    """The beginning of a message, enough to know it again."""
    files = ", ".join(str(file.get("name") or "") for file in letter.body.get("files") or ())
    words = " ".join(str(letter.body.get("text") or files).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _notice(letter: OutboxRow, to: Address, about: str, words: str) -> Post:
    body = {"line": to.line_id, "dialog": to.dialog_id, "text": words, "user_id": letter.author_id}
    return Post(
        exit=Exit.LINE, kind=Kind.NOTICE, thread=f"n{to.dialog_id}", key=f"notice:{letter.key}:{about}", body=body,
        rank=TOP,
    )  # fmt: skip
