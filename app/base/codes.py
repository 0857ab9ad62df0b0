"""Codes that others send us (a vendor's error, a method), made fit to be stored and counted."""

import re

_STRANGE = re.compile(r"[^ -{}~]")


def code(text: str, most: int = 64) -> str:
    """Printable ASCII without bars, no longer than this: every database and every label takes it."""
    return _STRANGE.sub("_", text[:most])
