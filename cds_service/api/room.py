"""How many calls an endpoint answers at a time in a worker: what is beyond is refused before any work is done for it.

It must not know what a call is about.
Tests: tests/service/test_room.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cds_service.errors import Overloaded


class Room:
    """The places of one endpoint in one worker."""

    def __init__(self, places: int) -> None:
        self._free = places

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for as long as the block lasts; raise Overloaded when there is none."""
        if self._free <= 0:
            raise Overloaded
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
