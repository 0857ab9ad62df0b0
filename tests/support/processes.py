"""What processes cost, from /proc."""

import os
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM = 1, 11, 12
"""Places in /proc/PID/stat behind the name of the program."""


def cpu_seconds(pid: int) -> float:
    """CPU that a living process and its living children took until now, in seconds."""
    rows = {int(path.parent.name): _fields(path) for path in Path("/proc").glob("[0-9]*/stat")}
    family = [row for number, row in rows.items() if row and pid in (number, int(row[_PARENT]))]
    return sum(int(row[_USER]) + int(row[_SYSTEM]) for row in family) * TICK_S


def _fields(path: Path) -> list[str]:
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:  # it ended meanwhile
        return []


def peak_memory(pid: int) -> int:
    """The most memory that a living process or one of its living children ever held, in bytes."""
    rows = {int(path.parent.name): _fields(path) for path in Path("/proc").glob("[0-9]*/stat")}
    family = [number for number, row in rows.items() if row and pid in (number, int(row[_PARENT]))]
    return max(_peak(number) for number in family)


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
