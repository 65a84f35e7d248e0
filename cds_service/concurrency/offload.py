"""Offloads the work for large charts to a thread.

The event loop keeps answering small calls. The work must not use the event loop.
Tests: tests/concurrency/test_offload.py. Why a thread, and from what size on: ADR 0016.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

T = TypeVar("T")
LARGE_BYTES: Final = 2 * 1024 * 1024
"""Size of a large input, more than ten milliseconds of work."""
SWITCH_INTERVAL_S: Final = 0.0005
"""Interpreter switch interval in seconds.

With Python's default of 5 ms, every step of a small call waits that long for the worker thread.
"""
_WORKER = ThreadPoolExecutor(1, thread_name_prefix="large")


async def run_or_offload(size: int, work: Callable[[], T]) -> T:
    """Run `work` inline for small inputs, else in the worker thread.

    Its result is returned. The thread runs one piece of work at a time.
    """
    if size <= LARGE_BYTES:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_WORKER, copy_context().run, work)


def shorten_switch_interval() -> None:
    """Let threads take turns more often than by default."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
