"""Recorded callbacks, as the Chat API's page shows them."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "payloads" / "uis"


def raw(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def changed(name: str, **values: Any) -> bytes:
    """A recorded callback with some fields replaced; `...` takes a field away."""
    body: dict[str, Any] = json.loads(raw(name)) | values
    return json.dumps({key: value for key, value in body.items() if value is not ...}).encode()
