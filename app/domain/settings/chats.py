"""Chats: what a chat becomes in the CRM."""

from typing import Literal

from app.domain.settings.base import Template
from app.domain.settings.communication import Channels, Communication, Create, Titles, titles_of

_TITLES = titles_of("Чат", "Гость")


class TitlesOfChat(Titles):
    """Titles with their defaults."""

    lead: Template = _TITLES["lead"]
    deal: Template = _TITLES["deal"]
    contact: Template = _TITLES["contact"]
    activity: Template = _TITLES["activity"]


class CreateOfChat(Create):
    """`moment`: at the start of the chat or when it is closed."""

    moment: Literal["start", "end"] = "start"


class Chats(Communication):
    """The section `chats`."""

    channels: Channels = Channels()
    create: CreateOfChat = CreateOfChat()
    titles: TitlesOfChat = TitlesOfChat()
