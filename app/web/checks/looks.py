"""What checks of health are given and what they answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.base.texts import text
from app.storage.models import Installation
from app.storage.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check. `repair`: label of the button, None when there is none."""

    name: str
    state: str  # ok | warning | broken
    text: str
    repair: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all checks are given."""

    session: Session
    installation: Installation
    services: Services
    now: datetime
    lang: str

    def say(self, name: str, state: str, code: str, **params: object) -> Check:
        """A check in words: the text is `health.<code>`."""
        return Check(name=name, state=state, text=text(f"health.{code}", self.lang, **params))
