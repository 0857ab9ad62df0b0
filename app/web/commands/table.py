"""Rows in columns, and moments, as the command line shows them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import click


def show(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; what is None shows as a dash."""
    lines = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        padded = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo(padded.rstrip())


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values under each other."""
    show(("", ""), [(f"{name}:", value) for name, value in pairs])


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
