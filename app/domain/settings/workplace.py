"""The operator workplace in the cards of the CRM."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from app.domain.settings.base import Section, no_nul
from app.domain.settings.errors import refuse

PLACEHOLDERS = ("phone", "email", "employee", "entity_type", "entity_id")
"""What an address of UIS's own workplace may name in braces; each is filled in percent-encoded."""
_BRACED = re.compile(r"\{([^{}]*)\}")
# The page's policy names it: nothing may stand here that would end the name there.
_HOST = re.compile(r"[\w.-]+(:\d{1,5})?")


def web_address(url: str) -> str:
    """An address that a frame of ours may show. Raises PydanticCustomError."""
    try:
        parts = urlsplit(_BRACED.sub("x", url))
        # Plain http is for a machine that talks to itself; a browser would block it in the frame anyway.
        safe = parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
        )
        sound = safe and bool(_HOST.fullmatch(parts.netloc)) and not any(c <= " " for c in url)
    except ValueError:
        sound = False
    if not sound:
        raise refuse("url")
    return url


def _placeholders(url: str) -> str:
    """Only known ones, and none before the path: the page names the host that it may show."""
    names = _BRACED.findall(url)
    unknown = next((name for name in names if name not in PLACEHOLDERS), None)
    bare = _BRACED.sub("", url)
    if unknown is not None or "{" in bare or "}" in bare:
        raise refuse("url_placeholder", name=(unknown or "{ }")[:50])
    host = url.partition("://")[2]
    if "{" in re.split(r"[/?#]", host, maxsplit=1)[0]:
        raise refuse("url_host_placeholder")
    return url


WebAddress = Annotated[
    str, Field(max_length=2_000), AfterValidator(no_nul), AfterValidator(_placeholders), AfterValidator(web_address)
]  # fmt: skip


class Workplace(Section):
    """`url` null with mode "uis": the address of the installation's brand is used."""

    enabled: bool = True
    mode: Literal["own", "uis"] = "own"
    url: WebAddress | None = None
    visibility: Literal["own", "department", "all"] = "all"
    remind_minutes: Annotated[int, Field(ge=0, le=10_080)] = 0
