"""Work on what is large is done in a thread of its own, so that small calls are answered in between.

It must not be given work that uses the event loop.
Tests: tests/concurrency/test_offload.py. Why a thread, and from what size on: docs/adr/0016.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

T = TypeVar("T")
LARGE_BYTES: Final = 2 * 1024 * 1024
"""What is longer is large: more than ten milliseconds of work."""
SWITCH_INTERVAL_S: Final = 0.0005
"""How long a thread may keep the interpreter from another: with the default of 5 ms each step of a call waits so."""
_WORKER = ThreadPoolExecutor(1, thread_name_prefix="large")


async def run_or_offload(size: int, work: Callable[[], T]) -> T:
    """Return what the work returns: done here if it is on little, else beside, one after the other."""
    if size <= LARGE_BYTES:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_WORKER, copy_context().run, work)


def shorten_switch_interval() -> None:
    """Let threads take turns more often than by default."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
