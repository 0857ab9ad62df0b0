"""The Liquid that administrators write (titles, mapped values): what is allowed, and whether a text parses.

Nothing here renders: `rules.titles` does. No template can read a file or the clock, loop for long or grow
without end; what a client wrote is a value and is never parsed.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, wraps
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import FilterArgumentError, LiquidError, ResourceLimitError

MAX_VALUE = 4_000
"""Characters of one value, and elements of one list, inside a template."""

_OUTPUT = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MAX_NUMBER = 10**30
_FILES = ("include", "render")


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """Why a template does not parse, in Liquid's English, and where: line and column count from 1."""

    reason: str
    line: int
    column: int


class _Limited(Environment):
    block_nesting_limit = 10
    context_depth_limit = 20
    loop_iteration_limit = 1_000
    local_namespace_limit = 100_000
    output_stream_limit = 20_000


def problem_of(source: str) -> TemplateProblem | None:
    """What keeps this text from being a template, None when nothing does."""
    try:
        template = parse(source)
        used = template.analyze(include_partials=False).filters
    except LiquidError as error:
        return _problem(error, source)
    for name, spans in used.items():
        if name not in _environment().filters:
            return _at(source, spans[0].index, f"unknown filter '{name}'")
    return None


@lru_cache(maxsize=1_000)
def parse(source: str) -> BoundTemplate:
    """The parsed template; rendering does not change it, so it is kept. Raises LiquidError."""
    try:
        return _environment().from_string(source)
    except RecursionError as error:
        raise ResourceLimitError("nested too deeply", token=None) from error


def variables_of(source: str) -> list[tuple[object, ...]]:
    """Paths of the variables taken from outside, `("visitor", "name")`. Raises LiquidError."""
    found = parse(source).analyze(include_partials=False).globals
    return [tuple(variable.segments) for variables in found.values() for variable in variables]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = _Limited()
    for tag in _FILES:
        del environment.tags[tag]
    environment.add_filter("date", _date)
    for name, function in list(environment.filters.items()):
        environment.add_filter(name, _limited(function))
    return environment


def _limited(function: Callable[..., Any]) -> Callable[..., Any]:
    # Liquid limits loops and output, but not what one filter makes: `x | replace: "a", x` squares its input.
    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        for value in args:
            _check_size(value)
        result = function(*args, **options)
        _check_size(result)
        return result

    return run


def _check_size(value: Any) -> None:
    if isinstance(value, str | list | tuple | range):
        too_large = len(value) > MAX_VALUE
    elif isinstance(value, int | float):
        too_large = not math.isfinite(value) or abs(value) > _MAX_NUMBER
    else:
        too_large = False
    if too_large:
        raise ResourceLimitError("a value became too large", token=None)


def _date(value: Any, form: str = "%d.%m.%Y") -> str:
    """Liquid's `date` without `now` and without guessing: ISO 8601 texts and moments; anything else stays."""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return value
    if not isinstance(moment, date):
        return str(value)
    try:
        return moment.strftime(str(form))
    except ValueError as error:
        raise FilterArgumentError(str(error), token=None) from error


def _problem(error: LiquidError, source: str) -> TemplateProblem:
    index = error.token.start_index if error.token is not None else -1
    reason = str(error.message or type(error).__name__)
    return _at(source, index if index >= 0 else _first_broken(source), reason)


def _first_broken(source: str) -> int:
    """Where the first `{{ }}` is that does not parse by itself, else the end: for errors without place."""
    for output in _OUTPUT.finditer(source):
        try:
            parse(output[0])
        except LiquidError:
            return output.start()
    return len(source)


def _at(source: str, index: int, reason: str) -> TemplateProblem:
    before = source[:index]
    return TemplateProblem(reason, before.count("\n") + 1, index - before.rfind("\n"))
