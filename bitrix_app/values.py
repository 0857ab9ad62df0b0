"""Values as the portal writes them: numbers are texts, empty maps are lists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def number(value: Any) -> int:
    """An id; 0 for what is none."""
    text = str(value if value is not None else "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def moment(value: Any) -> datetime | None:
    """An aware moment of ISO 8601, None for anything else."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def mapping(value: Any) -> dict[str, Any]:
    """A map; PHP writes an empty one as `[]`."""
    return dict(value) if isinstance(value, Mapping) else {}


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The maps of a list, or of a map by id."""
    found = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [row for row in found if isinstance(row, Mapping)]
