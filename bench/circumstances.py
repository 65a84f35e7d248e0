"""What a reader must know to repeat a run: day, commit, machine, Python.

It names no host, user or path of the machine.
Tests: every run of `make bench` prints it.
"""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a reader must know to repeat the run."""

    date: str
    commit: str
    machine: str
    python: str


def circumstances(date: str) -> Circumstances:
    """Those of this run."""
    cpu = f"{os.cpu_count()} x {_cpu_model()}, {platform.system()}"
    return Circumstances(date=date, commit=_commit(), machine=cpu, python=platform.python_version())


def _cpu_model() -> str:
    """The processor's name as Linux gives it."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    """The short hash of the checked-out commit, with a plus where the tree was changed since."""
    described = subprocess.run(
        ["git", "describe", "--always", "--exclude=*", "--dirty=+"],  # noqa: S607 -- as a developer's shell finds it
        capture_output=True,
        check=False,
        text=True,
    )
    return described.stdout.strip() or "unknown"
