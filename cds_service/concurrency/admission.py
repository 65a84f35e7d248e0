"""Admission control, with 503 for calls beyond the limits.

ADR 0016 explains the numbers.
Tests: tests/concurrency/test_admission.py.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from cds_service.concurrency.activity import CURRENT_SLOT, CallSlot
from cds_service.concurrency.offload import LARGE_BYTES
from cds_service.errors import Overloaded

LARGE_CALLS: Final = 4
"""Maximum number of large calls in a worker.

Undeclared lengths are large. Large calls run in a thread and are not counted as active.
"""
SUSTAINED_DIVISOR: Final = 5
"""Fraction of the limit under sustained load.

Load is sustained if more than one call was active for all of OVERLOAD_AFTER_S.
"""
OVERLOAD_AFTER_S: Final = 0.1


class AdmissionControl:
    """The places of one endpoint in one worker."""

    def __init__(self, places: int, at_work: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._free = places
        self._burst = at_work
        self._sustained = max(1, at_work // SUSTAINED_DIVISOR)
        self._free_for_large = LARGE_CALLS
        self._active = 0
        self._turn = asyncio.Lock()
        self._monotonic = monotonic
        self._last_idle_at = monotonic()
        """When at most one call was at work last."""

    @contextmanager
    def admit(self, size: int | None = 0) -> Iterator[CallSlot]:
        """Hold a slot for a body of this size, None if unknown.

        Raises Overloaded.
        """
        large = int(size is None or size > LARGE_BYTES)
        if self._is_crowded() or self._free <= 0 or self._free_for_large < large:
            raise Overloaded
        self._free -= 1
        self._free_for_large -= large
        place = CallSlot(_ignore if large else self._count)
        token = CURRENT_SLOT.set(place)
        try:
            yield place
        finally:
            CURRENT_SLOT.reset(token)
            place.set_active(yes=False)
            self._free_for_large += large
            self._free += 1

    async def yield_to_event_loop(self) -> None:
        """Wait for the calls that came before, one call a loop turn.

        Without this yield, all requests that arrived during one call would run before the next admission check, and the
        queue would never be visible.
        """
        await self._turn.acquire()
        asyncio.get_running_loop().call_soon(self._turn.release)

    def _is_crowded(self) -> bool:
        """Return True if the active calls reach the present limit.

        Sustained load lowers it.
        """
        now = self._monotonic()
        if self._active <= 1:
            self._last_idle_at = now
        return self._active >= (self._sustained if now - self._last_idle_at > OVERLOAD_AFTER_S else self._burst)

    def _count(self, change: int) -> None:
        self._active += change


def _ignore(_change: int) -> None:
    """Count no call."""
