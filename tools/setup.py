"""Prepares a checkout with nothing but Python: `python3 tools/setup.py venv`, then `system`.

Runs before any package is there, so it stands on the standard library alone.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# A release comes without the second one.
LOCKS = [name for name in ("requirements.txt", "requirements-dev.txt") if (ROOT / name).exists()]
# What the tests want of Debian: the package, and how to see that it is there already.
DEBIAN = {
    "postgresql": "postgres",
    "chromium": "chromium",
    "redis-server": "redis-server",
    "rabbitmq-server": "epmd",
}


def make_venv() -> None:
    """Makes `.venv/` and installs the lock files into it, checking every hash."""
    if sys.version_info < (3, 11):
        sys.exit(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12 ..."
        )
    if not (VENV / "bin" / "pip").exists():
        create_venv()
    locks = [part for name in LOCKS for part in ("-r", name)]
    run([str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", *locks])


def create_venv() -> None:
    """Makes the empty environment; on Debian root may add the module that its Python comes without."""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode == 0:
        return
    if not may_install():
        sys.exit("python3 -m venv does not work here; on Debian: apt-get install python3-venv")
    run(["apt-get", "update", "-qq"])
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "python3-venv"])
    run(command)


def install_system() -> None:
    """Installs the servers and the browser of the tests where root may, and says so in words where not."""
    missing = [package for package, program in DEBIAN.items() if not found(program)]
    if not missing:
        return
    if not may_install():
        print(f"Not installed: {', '.join(missing)} (root on Debian is needed). Their tests will be skipped.")
        return
    run(["apt-get", "update", "-qq"])
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing])


def found(program: str) -> bool:
    """Is the program on the path, or where Debian keeps the servers of PostgreSQL?"""
    return shutil.which(program) is not None or any(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))


def may_install() -> bool:
    """Root on a system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def run(command: list[str]) -> None:
    """Runs the command in the checkout; its failure ends ours with the same code."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if code:
        sys.exit(f"Failed with code {code}: {' '.join(command)}")


if __name__ == "__main__":
    parts = {"venv": make_venv, "system": install_system}
    if len(sys.argv) != 2 or sys.argv[1] not in parts:
        sys.exit(f"usage: python3 tools/setup.py {'|'.join(parts)}")
    parts[sys.argv[1]]()
