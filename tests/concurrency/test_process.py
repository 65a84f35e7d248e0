"""Memory that one chart frees serves the next one."""

import platform
import subprocess
import sys

from cds_service.concurrency.process import retain_freed_heap

LEAVE = """
import gc
from cds_service.concurrency.process import freeze_startup_objects
loaded = [[] for _ in range(5000)]
freeze_startup_objects()
print(gc.get_freeze_count() > 5000, gc.isenabled())
"""


def test_glibc_keeps_freed_memory_and_other_libraries_go_on_without() -> None:
    """On glibc both settings are taken; musl and macOS have none, and the service starts all the same."""
    assert retain_freed_heap() is (platform.libc_ver()[0] == "glibc")


def test_what_is_loaded_is_left_alone_by_the_garbage_collector() -> None:
    """It stays until the end, so that to look through it finds nothing; in a process of its own, since it lasts."""
    run = subprocess.run([sys.executable, "-c", LEAVE], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert run.stdout.split() == ["True", "True"]
