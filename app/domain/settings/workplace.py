"""The operator workplace in the cards of the CRM."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from app.domain.settings.base import Section, no_nul
from app.domain.settings.errors import refuse


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        # Plain http is for a machine that talks to itself; a browser would block it in the frame anyway.
        safe = parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
        )
        sound = safe and bool(parts.hostname) and not parts.username and not any(c <= " " for c in url)
    except ValueError:
        sound = False
    if not sound:
        raise refuse("url")
    return url


WebAddress = Annotated[str, Field(max_length=2_000), AfterValidator(no_nul), AfterValidator(_web_address)]


class Workplace(Section):
    """`url` null with mode "uis": the address of the installation's brand is used."""

    enabled: bool = True
    mode: Literal["own", "uis"] = "own"
    url: WebAddress | None = None
    visibility: Literal["own", "department", "all"] = "all"
    remind_minutes: Annotated[int, Field(ge=0, le=10_080)] = 0
