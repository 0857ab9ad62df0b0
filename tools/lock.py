"""`make lock`: compiles requirements*.in into lock files with hashes; `ARGS=--upgrade` takes newer versions.

The lock files hold for every Python from 3.11 on (`--universal`): 3.11.2 needs one more than 3.11.3.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Compiles all files, the production one first: the others are held to its versions."""
    for name in ("requirements", "requirements-telemetry", "requirements-dev"):
        options = ["--generate-hashes", "--no-header", "--python-version", "3.11", "--universal", "--quiet"]
        command = [str(ROOT / ".venv" / "bin" / "uv"), "pip", "compile", *options, *arguments]
        code = subprocess.run([*command, f"{name}.in", "-o", f"{name}.txt"], cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
