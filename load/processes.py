"""The processes of a running service as Linux shows them: its workers, and the memory that each holds.

It must not touch them.
Tests: every run of `make load` reads them.
"""

import re
from pathlib import Path

_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


def workers_of(pid: int) -> tuple[int, ...]:
    """The processes that answer: those that the started one started, else itself."""
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return tuple(child for child in children if b"spawn_main" in _command(child)) or (pid,)


def resident_mib(pid: int) -> float:
    """The resident memory of a process."""
    found = _RESIDENT.search(Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    return int(found[1]) / 1024 if found else 0.0


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
