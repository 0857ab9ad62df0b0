"""Writes what `GET /api/openapi.json` answers to a file, without configuration, database or server.

    python -m tools.describe_api FILE

The pages make their types of it (`frontend/src/api/`). The file is only touched when the description has changed.
"""

import json
import sys
from pathlib import Path

from flask import Flask

from app.web import api
from app.web.api.spec import document


def main(arguments: list[str]) -> int:
    """One argument: where to write."""
    if len(arguments) != 1:
        print("Usage: python -m tools.describe_api FILE", file=sys.stderr)
        return 2
    file, described = Path(arguments[0]), description()
    if not file.is_file() or file.read_text(encoding="utf-8") != described:
        file.write_text(described, encoding="utf-8")
    return 0


def description() -> str:
    """The description as JSON, the same bytes for the same code."""
    flask = Flask("description")
    flask.register_blueprint(api.blueprint)
    with flask.app_context():
        return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
