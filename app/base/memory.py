"""What a process does about its memory when it starts.

What it made until then stays: the collector need not walk through it again and again. A hundred thousand objects
(modules, models, patterns) live in every process of ours; each full collection would visit them all, up to a third of
the time of a long calculation.
"""

import ctypes
import gc

M_ARENA_MAX, ARENAS = -8, 2
"""glibc gives up to eight arenas per core to threads, and each keeps what its thread once needed."""
M_MMAP_THRESHOLD, LARGE = -3, 256 * 1024
"""What is larger goes back to the system when it is freed; left alone, glibc raises this with every large block."""


def sparing() -> None:
    """Called before there are threads. Where the C library knows no such thing (musl, macOS) nothing happens."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE)


def started() -> None:
    """Called once, when a process is ready to serve."""
    gc.collect()
    gc.freeze()
