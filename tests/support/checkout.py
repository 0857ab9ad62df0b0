"""The checkout that the tests run in."""

import shutil
import subprocess
from pathlib import Path

from tests.support.missing import missing

ROOT = Path(__file__).resolve().parents[2]


def committed() -> list[Path]:
    """All files under version control that are still there; without git the asking test is skipped."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        missing("This is no git checkout, or git is not installed")
    # The owner of a checkout may be another user than ours: in containers it often is.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [file for name in listed.split("\0") if name and (file := ROOT / name).is_file()]
