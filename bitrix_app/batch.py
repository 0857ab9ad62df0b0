"""The answer of `batch`, command by command. Bitrix24: settings/how-to-call-rest-api/batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bitrix_app import errors
from bitrix_app.errors import BitrixError, NoAnswer

MAX_COMMANDS = 50
LIMITED = "OPERATION_TIME_LIMIT"


@dataclass(frozen=True, slots=True)
class CommandError:
    """Why one command has no result: code and text of Bitrix24."""

    code: str
    text: str = ""

    def meaning(self, method: str = "") -> BitrixError:
        """The same as an error value: see `bitrix_app.errors`."""
        return errors.classify(self.code, self.text, method)


@dataclass(frozen=True, slots=True)
class CommandTime:
    """Seconds that a command took, its method's sum of the last ten minutes, and when that is reset (unix)."""

    duration: float
    operating: float
    reset_at: float | None


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """By key of the command: a result or an error, and the time it took. A key in neither was not carried out."""

    results: dict[str, Any]
    errors: dict[str, CommandError]
    times: dict[str, CommandTime]


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
    failed = {key: _error(value) for key, value in _map(body.get("result_error")).items()}
    times = {key: _time(value) for key, value in _map(body.get("result_time")).items()}
    results = {key: value for key, value in _map(body.get("result")).items() if key not in failed}
    known = commands.keys()
    return BatchAnswer(
        {key: value for key, value in results.items() if key in known},
        {key: value for key, value in failed.items() if key in known},
        {key: value for key, value in times.items() if key in known},
    )


def _map(value: Any) -> dict[str, Any]:
    """PHP writes an empty map as `[]`, and one with the keys 0..n-1 as a list."""
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return dict(value) if isinstance(value, Mapping) else {}


def _error(value: Any) -> CommandError:
    if isinstance(value, Mapping):
        return CommandError(str(value.get("error") or "unknown"), str(value.get("error_description") or ""))
    return CommandError(str(value))


def _time(value: Any) -> CommandTime:
    fields = value if isinstance(value, Mapping) else {}
    reset_at = fields.get("operating_reset_at")
    return CommandTime(
        duration=float(fields.get("duration") or 0.0),
        operating=float(fields.get("operating") or 0.0),
        reset_at=float(reset_at) if reset_at else None,
    )
