"""What the portal says has happened in its open lines, in our words. Ids are those of Bitrix24; keys are ours.

Bitrix24: imopenlines/imconnector/events. `chat_key` is the `chat.id` that we gave the dialog.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineFile:
    """A file of an operator: an address in the portal, and its name when the portal says one."""

    url: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSaid:
    """ONIMCONNECTORMESSAGEADD. `text` is BB code; `user_id` is None for automatic messages of the line."""

    line_id: int
    chat_key: str
    im_chat_id: int
    im_message_id: int
    user_id: int | None
    text: str
    files: tuple[LineFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEdited:
    """ONIMCONNECTORMESSAGEUPDATE: an operator's message has another text. `at`: when the event was sent (`ts`)."""

    line_id: int
    chat_key: str
    im_chat_id: int
    im_message_id: int
    text: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDeleted:
    """ONIMCONNECTORMESSAGEDELETE: an operator took a message away."""

    line_id: int
    chat_key: str
    im_chat_id: int
    im_message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDialog:
    """ONIMCONNECTORDIALOGSTART and -FINISH. `chats`: every value that may name the chat, ours or the portal's."""

    line_id: int
    chats: tuple[str, ...]
    session_id: int
    closed: bool


@dataclass(frozen=True, slots=True)
class ConnectorOff:
    """ONIMCONNECTORSTATUSDELETE: somebody switched our connector off on a line."""

    line_id: int


@dataclass(frozen=True, slots=True)
class LineGone:
    """ONIMCONNECTORLINEDELETE: a line is no more."""

    line_id: int


LineTalk = LineSaid | LineEdited | LineDeleted | LineDialog
LineEvent = LineTalk | ConnectorOff | LineGone
