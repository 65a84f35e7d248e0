"""SQLAlchemy on a SQLite file, each operation in a thread.

Tests: tests/store/test_database.py, tests/store/test_faults.py.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Executable, Result, Row, create_engine, event

T = TypeVar("T")


class InThread(Protocol):
    """Runs work in a thread and returns its result."""

    async def __call__(self, work: Callable[[], T], /) -> T:
        """Return the result of the work."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Fetched rows of a statement."""

    found: Sequence[Row[Any]]
    rowcount: int
    """Number of changed rows, for other statements than queries."""

    def all(self) -> Sequence[Row[Any]]:
        """Return all rows."""
        return self.found

    def __iter__(self) -> Iterator[Row[Any]]:
        return iter(self.found)


class SqliteEngine:
    """Connections to a SQLite file, for work that takes several statements."""

    def __init__(
        self, url: str, *, connections: int, busy_s: float, prepare: Callable[[sqlite3.Connection], None]
    ) -> None:
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="sqlite")
        self.sync_engine = create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            connect_args={"timeout": busy_s, "check_same_thread": False},
            hide_parameters=True,
        )
        event.listen(self.sync_engine, "connect", lambda connection, _record: prepare(connection))

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Return the result of work on a connection of its own."""

        def connected() -> T:
            with self.sync_engine.connect() as connection:
                return work(connection)

        return await self._in_thread(connected)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["SqliteConnection"]:
        """Yield a transaction, committed at the end or rolled back after an exception."""
        connection = await self._in_thread(self.sync_engine.connect)
        try:
            yield SqliteConnection(connection, self._in_thread)
            await self._in_thread(connection.commit)
        finally:
            self._release(connection)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["SqliteConnection"]:
        """Yield a connection. Its writes are rolled back."""
        connection = await self._in_thread(self.sync_engine.connect)
        try:
            yield SqliteConnection(connection, self._in_thread)
        finally:
            self._release(connection)

    async def dispose(self) -> None:
        """Close all connections."""
        await self._in_thread(self.sync_engine.dispose)
        self._threads.shutdown(wait=False)

    def _release(self, connection: Connection) -> None:
        # Nobody waits for this: a statement that hangs in the thread must not hold up a call beyond its deadline.
        self._threads.submit(connection.close)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


class SqliteConnection:
    """One connection, used by one task."""

    def __init__(self, connection: Connection, in_thread: InThread) -> None:
        self._connection = connection
        self._in_thread = in_thread

    async def execute(self, statement: Executable, parameters: Any = None) -> Rows:  # noqa: ANN401 - as SQLAlchemy types it
        """Return the fetched rows of a statement."""

        def fetched() -> Rows:
            result = self._connection.execute(statement, parameters)
            return Rows(result.all() if result.returns_rows else (), result.rowcount)

        return await self._in_thread(fetched)

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Return the result of work on this connection."""
        return await self._in_thread(lambda: work(self._connection))

    async def scalar(self, statement: Executable) -> Any:  # noqa: ANN401 - a value of any column
        """Return the first value of the first row, None without rows."""
        return await self._in_thread(lambda: self._connection.scalar(statement))

    async def stream(self, statement: Executable) -> "SqliteStream":
        """Return the rows of a query, to be fetched in parts."""
        return SqliteStream(await self._in_thread(lambda: self._connection.execute(statement)), self._in_thread)


class SqliteStream:
    """Rows of a query, fetched in parts."""

    def __init__(self, result: Result[Any], in_thread: InThread) -> None:
        self._result = result
        self._in_thread = in_thread

    async def partitions(self, size: int) -> AsyncIterator[Sequence[Row[Any]]]:
        """Yield the rows in parts of this size."""
        while part := await self._in_thread(lambda: self._result.fetchmany(size)):
            yield part
