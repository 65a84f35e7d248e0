"""Which calls a worker takes in: what is beyond is refused before any work is done for it.

It must not know what a call is about.
Tests: tests/concurrency/test_admission.py. Why these numbers: docs/adr/0016.
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
"""Calls with a large body, or with one that does not say how large it is, in a worker at a time. They are worked at
beside the others, and so are not counted among them."""
SUSTAINED_DIVISOR: Final = 5
"""Of those that may be at work one in so many may, when there was always more than one for longer than the patience."""
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
        """Take a place for a body of that size, None if nobody knows, for as long as the block lasts.

        Raise Overloaded when there is none.
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
        """Wait until those who came before have had theirs: one call at a turn of the event loop.

        Else all who came in during one call would be worked off before the door is looked at again, and nobody would
        ever be seen to wait.
        """
        await self._turn.acquire()
        asyncio.get_running_loop().call_soon(self._turn.release)

    def _is_crowded(self) -> bool:
        """Return whether those at work are as many as may be: fewer when it has been busy for a while."""
        now = self._monotonic()
        if self._active <= 1:
            self._last_idle_at = now
        return self._active >= (self._sustained if now - self._last_idle_at > OVERLOAD_AFTER_S else self._burst)

    def _count(self, change: int) -> None:
        self._active += change


def _ignore(_change: int) -> None:
    """Count nobody."""
