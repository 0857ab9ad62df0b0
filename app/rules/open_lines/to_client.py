"""What a client is told of a dialog: the words and files of an operator. Bitrix24: OnImConnectorMessageAdd, -Update."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from app.domain.letters import TOP, Address, Post
from app.domain.line_events import LineFile, LineSaid
from app.domain.mail import Exit, Kind
from app.rules.open_lines.bbcode import is_internal, plain
from app.rules.open_lines.quotes import Quote, in_lines, split

GATHER = 0.3
"""Seconds that an operator's words wait: the portal sends events side by side, and two in a row may change places."""
_SIGNATURE = re.compile(r"\s*\[b\](?P<name>[^\[\]\n]{1,100}):\[/b\]\s*(?:\[br\s*/?\]|\n)\s*", re.IGNORECASE)
_LINK = re.compile(r"\[url=([^\]]+)\](.*?)\[/url\](?:\s*\[br\])?", re.IGNORECASE | re.DOTALL)
_SHARED = re.compile(r"/~[\w-]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A message of an operator taken apart: `name` is the signature that the portal put before it."""

    name: str | None
    quote: Quote | None
    text: str
    files: tuple[LineFile, ...] = ()

    @property
    def whole(self) -> str:
        """The text with the quote as lines, for a messenger that cannot quote."""
        return in_lines(self.quote, self.text) if self.quote else self.text


def read(text: str, files: Sequence[LineFile], portal_url: str) -> Typed:
    """BB code of an event as it is to be said."""
    found = _SIGNATURE.match(text)
    body = text[found.end() :] if found else text
    host = urlsplit(portal_url).netloc
    shared = [
        LineFile(link[1], link[2] or None) for link in _LINK.finditer(body) if is_shared_file(link[1], host)
    ]
    body = _LINK.sub(lambda link: "" if is_shared_file(link[1], host) else link[0], body)
    quote, said = split(plain(body, host))
    known = {file.url for file in files}
    return Typed(
        name=found["name"].strip() if found else None, quote=quote, text=said,
        files=(*files, *(file for file in shared if file.url not in known)),
    )  # fmt: skip


def is_shared_file(address: str, portal_host: str) -> bool:
    """Whether an address is a file of the portal that everybody with the link may open."""
    if not is_internal(address, portal_host):
        return False
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    return parts.netloc.lower() == portal_host.lower() and bool(_SHARED.fullmatch(parts.path))


def posts(
    event: LineSaid, typed: Typed, to: Address, chat_id: int, *, reply_to: int | None, signed: bool
) -> list[Post]:
    """The letters that carry an operator's message: UIS takes one file with each.

    `reply_to`: message of UIS that the quote was found to be.
    """
    body = {
        "line": event.line_id, "dialog": to.dialog_id, "chat": chat_id, "text": typed.text if reply_to else typed.whole,
        "files": [], "reply_to": reply_to, "user_id": event.user_id,
        "signature": typed.name if signed else None,
        "im": {"chat_id": event.im_chat_id, "message_id": event.im_message_id},
    }  # fmt: skip
    files = [[{"url": file.url, "name": file.name}] for file in typed.files] or [[]]
    first = Post(
        exit=Exit.UIS, kind=Kind.MESSAGE, thread=to.thread, key=key_of(event.im_message_id),
        body=body | {"files": files[0]}, rank=event.im_message_id, hold=GATHER, author_id=event.user_id,
    )  # fmt: skip
    bare = body | {"text": "", "reply_to": None}
    more = enumerate(files[1:], start=1)
    return [
        first,
        *(replace(first, key=f"{first.key}:f{number}", body=bare | {"files": held}) for number, held in more),
    ]


def key_of(im_message_id: int) -> str:
    """Key of the letter that carries an operator's message: every further event about it finds it so."""
    return f"im:{im_message_id}"


def correction(first: Post, words: str, original_id: int | None, turn: str) -> Post:
    """An edited text as a message of its own that quotes the first one: UIS can change nothing that was sent."""
    body = first.body | {"text": words, "reply_to": original_id, "files": [], "correction": True}
    return replace(first, key=f"{first.key}:{turn}", body=body)


def close(to: Address, chat_id: int, session_id: int, user_id: int | None) -> Post:
    """Ends the chat at UIS, behind everything that was said in it."""
    body = {"dialog": to.dialog_id, "chat": chat_id, "user_id": user_id}
    return Post(
        exit=Exit.UIS, kind=Kind.CLOSE, thread=to.thread, key=f"close:{chat_id}:{session_id}", body=body,
        rank=TOP, author_id=user_id,
    )  # fmt: skip
