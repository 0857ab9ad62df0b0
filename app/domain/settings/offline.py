"""Offline requests: what a site form becomes in the CRM."""

from typing import Literal

from app.domain.settings.base import Template
from app.domain.settings.communication import Communication, Create, Titles, titles_of

_TITLES = titles_of("Заявка", "Гость")


class TitlesOfRequest(Titles):
    """Titles with their defaults."""

    lead: Template = _TITLES["lead"]
    deal: Template = _TITLES["deal"]
    contact: Template = _TITLES["contact"]
    activity: Template = _TITLES["activity"]


class CreateOfRequest(Create):
    """`moment`: when the request is received or when an employee has processed it."""

    moment: Literal["received", "processed"] = "received"


class Offline(Communication):
    """The section `offline`."""

    create: CreateOfRequest = CreateOfRequest()
    titles: TitlesOfRequest = TitlesOfRequest()
