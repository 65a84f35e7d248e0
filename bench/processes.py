"""CPU time and memory of a server with all its workers, as Linux counts them.

It reads /proc only, and looks at processes that the run started itself.
Tests: every run of `make bench` uses it.
"""

import time
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    try:
        children = (PROC / f"{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    return [pid, *(each for child in children for each in family(int(child)))]


def cpu_ns(pid: int) -> int:
    """CPU time of all threads of a family so far: Linux's clock of each process (clock_getcpuclockid(3))."""
    return sum(time.clock_gettime_ns((~each << 3) | 2) for each in family(pid))


def peak_mib(pid: int) -> float:
    """The most memory that one process of a family ever held."""
    return max(_status_kib(each, "VmHWM") for each in family(pid)) / 1024


def _status_kib(pid: int, name: str) -> int:
    for line in (PROC / f"{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0
