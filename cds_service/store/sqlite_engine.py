"""SQLAlchemy on a SQLite file, each operation in a thread.

Tests: tests/store/test_database.py, tests/store/test_faults.py.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Result, Row, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")


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

        return await asyncio.wrap_future(self._threads.submit(connected))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["SqliteConnection"]:
        """Yield a transaction, committed at the end or rolled back after an exception."""
        async with self.connect() as connection:
            yield connection
            await connection.commit()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["SqliteConnection"]:
        """Yield a connection. Its writes are rolled back."""
        connection = SqliteConnection(await self._opened(), self._threads)
        try:
            yield connection
        finally:
            connection.release()

    async def dispose(self) -> None:
        """Close all connections."""
        await asyncio.wrap_future(self._threads.submit(self.sync_engine.dispose))
        self._threads.shutdown(wait=False)

    async def _opened(self) -> Connection:
        opening = self._threads.submit(self.sync_engine.connect)
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_opened)
            raise


class SqliteConnection:
    """One connection, used by one task."""

    def __init__(self, connection: Connection, threads: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._threads = threads
        self._last: Future[Any] | None = None

    async def commit(self) -> None:
        """Commit the transaction."""
        await self._in_thread(self._connection.commit)

    def release(self) -> None:
        """Return the connection after its last statement.

        Nobody waits for this: a statement that hangs must not hold up a call beyond its deadline.
        """
        if self._last is None or self._last.done():
            self._threads.submit(self._connection.close)
        else:  # a cancelled task: its statement would run in the transaction of the next user
            self._last.add_done_callback(lambda _: _close(self._connection))

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
        return SqliteStream(await self._in_thread(lambda: self._connection.execute(statement)), self)

    async def fetch_part(self, result: Result[Any], size: int) -> Sequence[Row[Any]]:
        """Return the next rows of a result, () after the last."""
        return await self._in_thread(lambda: result.fetchmany(size))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        running = self._last = self._threads.submit(work)
        return await asyncio.wrap_future(running)


class SqliteStream:
    """Rows of a query, fetched in parts."""

    def __init__(self, result: Result[Any], connection: SqliteConnection) -> None:
        self._result = result
        self._connection = connection

    async def partitions(self, size: int) -> AsyncIterator[Sequence[Row[Any]]]:
        """Yield the rows in parts of this size."""
        while part := await self._connection.fetch_part(self._result, size):
            yield part


def _close_opened(opening: "Future[Connection]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        _close(opening.result())


def _close(connection: Connection) -> None:
    with suppress(SQLAlchemyError):  # the pool drops a connection that cannot be rolled back
        connection.close()
