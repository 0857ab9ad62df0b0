"""The test chat: start it, and see its steps with ticks."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.base.texts import catalogue, text
from app.storage.database import reading
from app.web.api.journal import Line
from app.web.api.spec import Accepted, Told, call
from app.web.caller import caller, portals, services
from app.web.journal import trial, why
from bitrix_app.runtime import in_background

_STEP: dict[str, Any] = {
    "name": "lead",
    "title": "Лид",
    "state": "done",
    "text": "№ 81",
    "url": "https://portal.example/crm/lead/details/81/",
}


class Begin(Told):
    """`remove`: whether what the test makes is removed at its end."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"remove": True}]})

    remove: bool = True


class Ticked(BaseModel):
    """One step; `url` of a card that is still there."""

    name: str
    title: str
    state: Literal["running", "done", "warning", "skipped", "failed"]
    text: str
    url: str | None


class Progress(BaseModel):
    """The last test. Times are ISO 8601; `explanation` tells why the rules decided so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "done",
                    "remove": True,
                    "started_at": "2026-01-12T07:24:00+00:00",
                    "finished_at": "2026-01-12T07:24:02+00:00",
                    "steps": [_STEP],
                    "explanation": [{"kind": "first", "text": "Первое обращение"}],
                }
            ]
        }
    )

    state: Literal["never", "running", "done", "failed"]
    remove: bool
    started_at: str | None
    finished_at: str | None
    steps: list[Ticked]
    explanation: list[Line]


@call("POST", "/test_chat", answer=Accepted, status=202)
def start(json: Begin) -> Any:
    """Begin a test; one that is under way goes on."""
    house, installation_id = services(), caller().installation_id
    crm = portals().crm(installation_id)
    if trial.begin(house, installation_id, remove_after=json.remove):
        in_background(lambda: trial.Trial(house, crm, installation_id).run())
    return {"state": "running"}, 202


@call("GET", "/test_chat", answer=Progress)
def progress() -> Any:
    """The steps of the last test."""
    house, who = services(), caller()
    with house.sessions() as session:
        kept = trial.record(reading(session), who.installation_id)
    state = kept.get("state", "never")
    if state == "running" and not trial.running(kept, house.clock.now()):
        state = "failed"
    url = who.installation.portal_url
    shown = url if not kept.get("cleaned") else None
    return {
        "state": state,
        "remove": bool(kept.get("remove", True)),
        "started_at": kept.get("started_at"),
        "finished_at": kept.get("finished_at"),
        "steps": [_step(step, shown, state, who.lang) for step in kept.get("steps", ())],
        "explanation": [why.reason_line(reason, who.lang) for reason in kept.get("explanation", ())],
    }


def _step(step: Mapping[str, Any], url: str | None, state: str, lang: str) -> dict[str, Any]:
    name, _, target = str(step["name"]).partition(":")
    kind = target.partition(":")[0]
    known = f"test_chat.step.{name}"
    title = text(known, lang) if known in catalogue("en") else name
    if kind:
        title = f"{title} ({text(f'why.entity.{kind}', lang)})"
    card = name in ("lead", "deal", "contact") and step.get("result") and url
    cut_off = step["state"] == "running" and state == "failed"
    return {
        "name": step["name"],
        "title": title,
        "state": "failed" if cut_off else step["state"],
        "text": text("test_chat.cut_off", lang) if cut_off else _words(step, lang),
        "url": f"{url}/crm/{name}/details/{step['result']}/" if card else None,
    }


def _words(step: Mapping[str, Any], lang: str) -> str:
    code, problem = step.get("code"), step.get("problem")
    if code and f"test_chat.{code}" in catalogue("en"):
        return text(f"test_chat.{code}", lang, problem=problem or "")
    if code:
        return why.refusal(str(code), lang)
    if problem:
        return str(problem)
    return text("test_chat.made", lang, number=step["result"]) if step.get("result") else ""
