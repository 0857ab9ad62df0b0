"""What processes do about their memory, seen from outside."""

import ctypes
import subprocess
import sys

import pytest

from tests.support.checkout import ROOT

MANY = """
import ctypes, sys, threading
from app.base import memory
if sys.argv[1] == "few":
    memory.sparing()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fdopen.restype = ctypes.c_void_p, ctypes.c_void_p
together = threading.Barrier(8)
def take():
    together.wait()
    libc.malloc(4096)
    together.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""
WORKER = """
import sys
import app.worker
print(*sorted({"alembic", "flask_migrate", "spectree", "app.web.api", "app.web.factory"} & sys.modules.keys()))
"""
SANDBOX = {"SANDBOX": "1", "BITRIX24_CLIENT_ID": "app.1", "BITRIX24_CLIENT_SECRET": "secret"}


def _output(script: str, *arguments: str, **env: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=env or None
    ).stdout


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="only glibc has arenas")
def test_threads_share_two_arenas() -> None:
    assert _output(MANY, "many").count("<heap nr=") > 2
    assert _output(MANY, "few").count("<heap nr=") == 2


def test_a_worker_loads_nothing_of_the_pages(tmp_path: object) -> None:
    """Its API, the description of that, and the migrations: 17 MB that a worker never uses."""
    assert _output(WORKER, **SANDBOX, INSTANCE_PATH=str(tmp_path)).strip() == ""
