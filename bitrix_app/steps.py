"""Progress of making a portal match: what the installer page shows, kept with the installation."""

from typing import Any

from sqlalchemy.orm import Session

from app.base.texts import text
from app.storage.models import Installation, InstallationState
from app.storage.services import Services

NAMES = ("tokens", "scope", "crm", "events", "placements", "connector", "directories")


def begin(services: Services, installation_id: int) -> None:
    """All steps wait."""
    with services.sessions.begin() as session:
        installation = session.get_one(Installation, installation_id)
        installation.steps = [{"name": name, "state": "waiting", "code": "", "params": {}} for name in NAMES]


def put(
    services: Services, installation_id: int, name: str, state: str, code: str = "", /, **params: str
) -> None:
    """`state`: waiting | running | done | failed; `code`: of a text `install.text.<code>` with its parameters."""
    with services.sessions.begin() as session:
        installation = session.get_one(Installation, installation_id)
        step = {"name": name, "state": state, "code": code, "params": params}
        installation.steps = [step if old["name"] == name else old for old in installation.steps]


def progress(session: Session, installation_id: int, lang: str) -> dict[str, Any]:
    """{"state": "installing|done|failed", "steps": [{"name", "title", "state", "text"}]} for GET /api/installation."""
    installation = session.get_one(Installation, installation_id)
    steps = [_in_words(step, lang) for step in installation.steps]
    states = {step["state"] for step in steps}
    if "failed" in states and not states & {"running"}:
        state = "failed"
    elif steps and states == {"done"} and installation.state != InstallationState.INSTALLING:
        state = "done"
    else:
        state = "installing"
    return {"state": state, "steps": steps}


def _in_words(step: dict[str, Any], lang: str) -> dict[str, str]:
    code = step["code"]
    return {
        "name": step["name"],
        "title": text(f"install.step.{step['name']}", lang),
        "state": step["state"],
        "text": text(f"install.text.{code}", lang, **step["params"]) if code else "",
    }
