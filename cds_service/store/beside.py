"""A SQLite file from a thread of its own: a whole piece of work takes one change of threads, not one a statement.

It must not know a table, nor what is done when something fails.
Tests: tests/store/test_database.py.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, create_engine

T = TypeVar("T")


class Beside:
    """One connection in one thread, both made when they are needed first."""

    def __init__(self, file: Path, busy_s: float) -> None:
        """Wait so long for others that hold the file."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self.engine = create_engine(
            URL.create("sqlite", database=str(file)),
            pool_size=1,
            max_overflow=0,
            connect_args={"timeout": busy_s, "check_same_thread": False},
            hide_parameters=True,
        )

    async def done(self, work: Callable[[Connection], T]) -> T:
        """Return what comes of a transaction; what it raises passes through, and nothing of it stays."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._in_transaction, work)

    async def close(self) -> None:
        """Close the connection, once what is under way is done."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.engine.dispose)
        self._thread.shutdown(wait=False)

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)
