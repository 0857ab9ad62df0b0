"""`make bench`: every measure, or those named (`make bench ARGS="callback cost"`), as Markdown tables."""

import importlib
import os
import platform
import sys
from pathlib import Path
from typing import Any

MEASURES = {
    "callback": "Callbacks beside a bare Flask view",
    "backlog": "A backlog of 1,000 chats of one portal under its limits",
    "lines": "Open lines: 1,000 dialogs both ways, and a single message",
    "tabs": "200 open tabs of the workplace",
    "cost": "Work per event with a small and a large inbox",
    "rules": "Cost of the rules",
    "journal": "The journal of 100,000 conversations",
    "rehearsal": "A rehearsal of 1,000 communications",
}


def main(names: list[str]) -> None:
    """Run the measures and print them."""
    print(f"Machine: {_machine()}\n")
    for name in names or list(MEASURES):
        print(f"## {MEASURES[name]}\n\n`python -m bench.{name}`\n\n| | |\n| --- | --- |")
        figures: dict[str, Any] = importlib.import_module(f"bench.{name}").run()
        for title, value in figures.items():
            print(f"| {title} | {value} |")
        print(flush=True)


def _machine() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return f"{os.cpu_count()} cores, {model}; {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - MEASURES.keys()
    if unknown:
        sys.exit(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    main(sys.argv[1:])
