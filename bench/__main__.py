"""`make bench`: every measure, or those named (`make bench ARGS="callback cost"`), as Markdown tables."""

import importlib
import logging
import os
import platform
import sys
from pathlib import Path
from typing import Any

import structlog

MEASURES = {
    "callback": "Callbacks beside a bare Flask view",
    "backlog": "A backlog of 1,000 chats of one portal under its limits",
    "lines": "Open lines: 1,000 dialogs both ways, and a single message",
    "tabs": "200 open tabs of the workplace",
    "cost": "Work per event with a small and a large inbox",
    "rules": "Cost of the rules",
    "journal": "The journal of 100,000 conversations",
    "rehearsal": "A rehearsal of 1,000 communications",
    "against": "A backlog of one portal beside the usual ways",
    "latency": "An idle portal: from callback to lead",
    "pages": "The first page in a browser",
}
LONG = {
    "hour": "An hour at full backlog in virtual time",
    "memory": "Memory while 100,000 events are drained",
    "scale": "10,000 portals on a virtual clock",
    "cluster": "A cluster in which everything dies",
}
"""Only when named: each takes from ten minutes to an hour."""


def main(names: list[str]) -> None:
    """Run the measures and print them."""
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    print(f"Machine: {_machine()}\n")
    for name in names or list(MEASURES):
        print(f"## {(MEASURES | LONG)[name]}\n\n`python -m bench.{name}`\n\n| | |\n| --- | --- |")
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
    unknown = set(sys.argv[1:]) - (MEASURES | LONG).keys()
    if unknown:
        sys.exit(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES | LONG)}")
    main(sys.argv[1:])
