"""`make test`: style, types, front end, then pytest; everything runs even when something before it failed.

Arguments go on to pytest; pytest comes last, so that its closing line is the last one. `--lint` (`make lint`)
stops before the tests.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = str(ROOT / ".venv" / "bin" / "python")
TESTS_FAILED, FEW = 1, 15
LINT = [
    ("ruff check", [PYTHON, "-m", "ruff", "check", "."]),
    ("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
    ("mypy", [PYTHON, "-m", "mypy"]),
    ("mypy gunicorn.conf.py", [PYTHON, "-m", "mypy", "gunicorn.conf.py"]),
]


def main(arguments: list[str]) -> int:
    """Runs the checks, then pytest; returns the code of the process: 0 only when all of them passed."""
    if arguments == ["--lint"]:
        return 1 if run_all([*LINT, *pages("lint", "types")]) else 0
    failed = run_all([*LINT, *pages("lint", "types", "test")])
    if failed:
        print(f"\nFAILED before pytest: {', '.join(failed)} (see above)\n", flush=True)
    code = subprocess.run(pytest(arguments), cwd=ROOT, check=False).returncode
    if code == TESTS_FAILED:
        code = alone()
    return code or (1 if failed else 0)


def alone() -> int:
    """Runs what failed once more, one test after the other: many of them start processes, browsers and databases of
    their own, and two of those side by side may starve each other on two cores. Fails when one fails again, or when
    so many failed that it was no matter of patience.
    """
    file = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    count = len(json.loads(file.read_text())) if file.is_file() else 0
    if not 0 < count <= FEW:
        return TESTS_FAILED
    print(f"\n--- {count} failed side by side (see above) and are run once more, each alone\n", flush=True)
    return subprocess.run([PYTHON, "-m", "pytest", "--last-failed", "-v"], cwd=ROOT, check=False).returncode


def run_all(steps: list[tuple[str, list[str]]]) -> list[str]:
    """Runs the steps one after the other and returns the names of those that failed."""
    return [name for name, command in steps if not run(name, command)]


def run(name: str, command: list[str]) -> bool:
    """Runs one step with a line before and after it."""
    started = time.monotonic()
    print(f"--- {name}", flush=True)
    good = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    print(f"--- {name}: {'passed' if good else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
    return good


def pages(*scripts: str) -> list[tuple[str, list[str]]]:
    """A step for each of the scripts of `frontend/package.json`."""
    return [(f"frontend {script}", [PYTHON, "tools/build_pages.py", script]) for script in scripts]


def pytest(arguments: list[str]) -> list[str]:
    """The command of pytest: side by side on the cores there are, at most four."""
    workers = str(min(4, os.cpu_count() or 1))
    return [PYTHON, "-m", "pytest", "-n", workers, "--dist", "loadgroup", *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
