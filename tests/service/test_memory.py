"""Memory that one chart frees serves the next one."""

import platform

from cds_service.memory import keep_freed_memory


def test_glibc_keeps_freed_memory_and_other_libraries_go_on_without() -> None:
    """On glibc both settings are taken; musl and macOS have none, and the service starts all the same."""
    assert keep_freed_memory() is (platform.libc_ver()[0] == "glibc")
