"""A call's place in its worker: at work, or waiting for somebody else while others work.

It must not refuse anybody: the room does, at the door.
Tests: tests/concurrency/test_admission.py.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MAX_ACTIVE_ARRIVAL_S = 0.25
"""So long a call counts as at work while its body comes in; one that is slower leaves the work to others."""


class CallSlot:
    """Tells the room whether a call is at work."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count
        self._is_active = True
        count(1)

    def set_active(self, yes: bool) -> None:  # noqa: FBT001 - reads as a sentence
        """Say whether the call is at work from now on."""
        if yes is not self._is_active:
            self._is_active = yes
            self._count(1 if yes else -1)

    @contextmanager
    def receiving_body(self, seconds: float = MAX_ACTIVE_ARRIVAL_S) -> Iterator[None]:
        """Keep the work for a call that is coming in, unless it takes too long."""
        late = asyncio.get_running_loop().call_later(seconds, self.set_active, False)  # noqa: FBT003 - as above
        try:
            yield
        finally:
            late.cancel()
        self.set_active(yes=True)


CURRENT_SLOT: ContextVar[CallSlot | None] = ContextVar("place", default=None)


@contextmanager
def waiting_on_io() -> Iterator[None]:
    """Leave the work to other calls for as long as the block lasts."""
    place = CURRENT_SLOT.get()
    if place is None:
        yield
        return
    place.set_active(yes=False)
    try:
        yield
    finally:
        place.set_active(yes=True)
