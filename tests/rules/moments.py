"""Moments of one day."""

from datetime import UTC, datetime


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, 4, hour, minute, tzinfo=UTC)
