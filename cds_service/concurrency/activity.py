"""Activity of a call, using the CPU or waiting for I/O.

Tests: tests/concurrency/test_admission.py.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MAX_ACTIVE_ARRIVAL_S = 0.25
"""Longest time in seconds that an arriving body counts as active.

A slower sender counts as waiting.
"""


class CallSlot:
    """Slot of one call in its worker."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count
        self._is_active = True
        count(1)

    def set_active(self, yes: bool) -> None:  # noqa: FBT001 - reads as a sentence
        """Set whether the call is active."""
        if yes is not self._is_active:
            self._is_active = yes
            self._count(1 if yes else -1)

    @contextmanager
    def receiving_body(self, seconds: float = MAX_ACTIVE_ARRIVAL_S) -> Iterator[None]:
        """Count an arriving call as active, up to a time limit."""
        late = asyncio.get_running_loop().call_later(seconds, self.set_active, False)  # noqa: FBT003 - as above
        try:
            yield
        finally:
            late.cancel()
        self.set_active(yes=True)


CURRENT_SLOT: ContextVar[CallSlot | None] = ContextVar("place", default=None)


@contextmanager
def waiting_on_io() -> Iterator[None]:
    """Count the call as waiting during the block."""
    place = CURRENT_SLOT.get()
    if place is None:
        yield
        return
    place.set_active(yes=False)
    try:
        yield
    finally:
        place.set_active(yes=True)
