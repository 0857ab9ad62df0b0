"""`make dist`: dist/uis-omni-bitrix24-<version>.tar.gz, the committed files with the built pages.

Reproducible: the same commit gives the same bytes (order, owners and times of the files are fixed).
"""

import gzip
import io
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "frontend" / "dist"
# What only development needs stays out.
LEFT_OUT = ("tests/", "bench/", ".ci/", "frontend/", "requirements-dev")


def main() -> int:
    """Writes the archive; refuses when the pages are not built or changes are not committed."""
    if not (PAGES / ".vite" / "manifest.json").exists():
        print("The pages are not built: make pages", file=sys.stderr)
        return 1
    if git("status", "--porcelain", "--untracked-files=no"):
        print("There are changes that are not committed: a release is made of commits.", file=sys.stderr)
        return 1
    name = f"uis-omni-bitrix24-{version()}"
    target = ROOT / "dist" / f"{name}.tar.gz"
    target.parent.mkdir(exist_ok=True)
    moment = int(git("log", "-1", "--format=%ct"))
    target.write_bytes(pack(name, contents(), moment))
    print(target.relative_to(ROOT))
    return 0


def version() -> str:
    """The version that pyproject.toml states."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def contents() -> list[Path]:
    """Committed files that a server needs, and the built pages in place of their sources, in a fixed order."""
    tracked = [ROOT / name for name in git("ls-files", "-z").split("\0") if name]
    kept = [file for file in tracked if not file.relative_to(ROOT).as_posix().startswith(LEFT_OUT)]
    return sorted([*kept, *(file for file in PAGES.rglob("*") if file.is_file())])


def pack(name: str, files: list[Path], moment: int) -> bytes:
    """The archive of the files under a folder `name`, all of them as old as `moment` (Unix seconds)."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in files:
            entry = tarfile.TarInfo(f"{name}/{file.relative_to(ROOT).as_posix()}")
            data = file.read_bytes()
            entry.size, entry.mtime = len(data), moment
            entry.mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=moment)


def git(*arguments: str) -> str:
    """What git prints, without the line end."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
