"""A call's place in its worker: at work, or waiting for somebody else while others work.

It must not refuse anybody: the room does, at the door.
Tests: tests/service/test_room.py.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ARRIVAL_S = 0.25
"""So long a call counts as at work while its body comes in; one that is slower leaves the work to others."""


class Place:
    """Tells the room whether a call is at work."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count
        self._is_at_work = True
        count(1)

    def be_at_work(self, yes: bool) -> None:  # noqa: FBT001 - reads as a sentence
        """Say whether the call is at work from now on."""
        if yes is not self._is_at_work:
            self._is_at_work = yes
            self._count(1 if yes else -1)

    @contextmanager
    def arriving(self, seconds: float = ARRIVAL_S) -> Iterator[None]:
        """Keep the work for a call that is coming in, unless it takes too long."""
        late = asyncio.get_running_loop().call_later(seconds, self.be_at_work, False)  # noqa: FBT003 - as above
        try:
            yield
        finally:
            late.cancel()
        self.be_at_work(yes=True)


PLACE: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def waiting() -> Iterator[None]:
    """Leave the work to other calls for as long as the block lasts."""
    place = PLACE.get()
    if place is None:
        yield
        return
    place.be_at_work(yes=False)
    try:
        yield
    finally:
        place.be_at_work(yes=True)
