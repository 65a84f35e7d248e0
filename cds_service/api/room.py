"""Which calls a worker takes in: what is beyond is refused before any work is done for it.

It must not know what a call is about.
Tests: tests/service/test_room.py. Why these numbers: docs/adr/0016.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from cds_service.apart import LARGE_BYTES
from cds_service.errors import Overloaded
from cds_service.place import PLACE, Place

LARGE_CALLS: Final = 4
"""Calls with a large body, or with one that does not say how large it is, in a worker at a time. They are worked at
beside the others, and so are not counted among them."""
STANDING: Final = 5
"""Of those that may be at work one in so many may, when there was always more than one for longer than the patience."""
PATIENCE_S: Final = 0.1


class Room:
    """The places of one endpoint in one worker."""

    def __init__(self, places: int, at_work: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._free = places
        self._burst = at_work
        self._standing = max(1, at_work // STANDING)
        self._free_for_large = LARGE_CALLS
        self._at_work = 0
        self._turn = asyncio.Lock()
        self._monotonic = monotonic
        self._calm = monotonic()
        """When at most one call was at work last."""

    @contextmanager
    def place(self, size: int | None = 0) -> Iterator[Place]:
        """Take a place for a body of that size, None if nobody knows, for as long as the block lasts.

        Raise Overloaded when there is none.
        """
        large = int(size is None or size > LARGE_BYTES)
        if self._is_crowded() or self._free <= 0 or self._free_for_large < large:
            raise Overloaded
        self._free -= 1
        self._free_for_large -= large
        place = Place(_nobody if large else self._count)
        token = PLACE.set(place)
        try:
            yield place
        finally:
            PLACE.reset(token)
            place.be_at_work(yes=False)
            self._free_for_large += large
            self._free += 1

    async def turn(self) -> None:
        """Wait until those who came before have had theirs: one call at a turn of the event loop.

        Else all who came in during one call would be worked off before the door is looked at again, and nobody would
        ever be seen to wait.
        """
        await self._turn.acquire()
        asyncio.get_running_loop().call_soon(self._turn.release)

    def _is_crowded(self) -> bool:
        """Return whether those at work are as many as may be: fewer when it has been busy for a while."""
        now = self._monotonic()
        if self._at_work <= 1:
            self._calm = now
        return self._at_work >= (self._standing if now - self._calm > PATIENCE_S else self._burst)

    def _count(self, change: int) -> None:
        self._at_work += change


def _nobody(_change: int) -> None:
    """Count nobody."""
