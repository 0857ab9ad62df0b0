"""The answer of `batch`, command by command. Bitrix24: settings/how-to-call-rest-api/batch."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bitrix_app import errors
from bitrix_app.errors import BitrixError, MethodLimited, NoAnswer
from bitrix_app.limits.operating import Use

MAX_COMMANDS = 50
LIMITED = "OPERATION_TIME_LIMIT"


@dataclass(frozen=True, slots=True)
class CommandError:
    """Why one command has no result: code and text of Bitrix24; `after`: seconds to wait, where we know them."""

    code: str
    text: str = ""
    after: float | None = None

    def meaning(self, method: str = "") -> BitrixError:
        """The same as an error value: see `bitrix_app.errors`."""
        meaning = errors.classify(self.code, self.text, method)
        if isinstance(meaning, MethodLimited) and self.after is not None:
            meaning.after = self.after
        return meaning


@dataclass(frozen=True, slots=True)
class CommandTime:
    """When a command began (unix) and how many seconds it took; its method's sum, and when that goes down (unix)."""

    duration: float
    operating: float | None
    reset_at: float | None
    start: float | None = None


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """By key of the command: a result or an error, and the time it took. A key in neither was not carried out."""

    results: dict[str, Any]
    errors: dict[str, CommandError]
    times: dict[str, CommandTime]

    def refusal(self, key: str) -> BitrixError | None:
        """Why a command was not done: its error, or a result that says so."""
        if key in self.errors:
            return self.errors[key].meaning()
        return errors.refusal_in(self.results.get(key))


def method_of(command: str) -> str:
    """`crm.item.get` of `crm.item.get?id=5`."""
    return command.split("?", 1)[0]


def check_commands(commands: Mapping[str, str]) -> None:
    """Raises ValueError for more commands than Bitrix24 takes: it would drop the rest."""
    if len(commands) > MAX_COMMANDS:
        raise ValueError(f"{len(commands)} commands in one batch, {MAX_COMMANDS} is the limit")


def parse(answer: Mapping[str, Any], commands: Mapping[str, str]) -> BatchAnswer:
    """Take the answer apart. Raises NoAnswer when it has another shape."""
    body = answer.get("result")
    if not isinstance(body, Mapping):
        raise NoAnswer("batch: an answer of another shape")
    failed = {key: error_of(value) for key, value in as_map(body.get("result_error")).items()}
    times = {key: _time(value) for key, value in as_map(body.get("result_time")).items()}
    results = {key: value for key, value in as_map(body.get("result")).items() if key not in failed}
    known = commands.keys()
    return BatchAnswer(
        {key: value for key, value in results.items() if key in known},
        {key: value for key, value in failed.items() if key in known},
        {key: value for key, value in times.items() if key in known},
    )


def as_map(value: Any) -> dict[str, Any]:
    """PHP writes an empty map as `[]`, and one with the keys 0..n-1 as a list."""
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return dict(value) if isinstance(value, Mapping) else {}


def error_of(value: Any) -> CommandError:
    """One of `result_error`."""
    if isinstance(value, Mapping):
        return CommandError(str(value.get("error") or "unknown"), str(value.get("error_description") or ""))
    return CommandError(str(value))


def _time(value: Any) -> CommandTime:
    return CommandTime(
        duration=_number(value, "duration") or 0.0,
        operating=_number(value, "operating"),
        reset_at=_number(value, "operating_reset_at") or None,
        start=_number(value, "start"),
    )


def _number(value: Any, name: str) -> float | None:
    found = value.get(name) if isinstance(value, Mapping) else None
    return float(found) if isinstance(found, int | float) else None


def uses_of(commands: Mapping[str, str], times: Mapping[str, CommandTime]) -> list[Use]:
    """What the commands of an answer have used of their methods' time."""
    return [
        Use(
            method=method_of(commands[key]), start=told.start, seconds=told.duration,
            operating=told.operating, reset_at=told.reset_at,
        )
        for key, told in times.items()
        if told.start is not None
    ]  # fmt: skip


def use_of(method: str, answer: Mapping[str, Any]) -> list[Use]:
    """The same for the answer of a single call."""
    command = "single"
    return uses_of({command: method}, {command: _time(answer.get("time"))})


def counts_of(commands: Mapping[str, str]) -> Counter[str]:
    """How many commands there are of each method."""
    return Counter(method_of(command) for command in commands.values())
