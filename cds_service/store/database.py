"""One database per process, with timeouts and failures.

Failures are StoreUnavailable; a rejected row is RowRejected.
Tests: tests/store/test_database.py, tests/store/test_faults.py.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from cds_service.audit.storage import RowRejected
from cds_service.errors import StoreUnavailable
from cds_service.store.schema import is_current, upgrade
from cds_service.store.sqlite_engine import SqliteConnection, SqliteEngine
from cds_service.store.sqlite_thread import SqliteThread
from cds_service.store.statement import Statement, Values

BUSY_S = 1.5
"""Longest wait for another writer of the file, in seconds."""
PATIENCE_S = 2.0
"""Longest wait of a call for its row, in seconds."""
HUNG_S = 10.0
"""Longest time of a statement on a file, in seconds.

BUSY_S ends its wait for others; only a broken disk is slower.
"""
TRIES_AT_START = 10
"""Attempts to prepare the tables at start, PATIENCE_S each."""
POOL = {"sqlite": 2, "postgresql": 5}
"""Connections of a process beside the two of a file's thread.

To a file one writes and one reads; its own writers line up before they reach it.
"""
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # A row outlives the process that wrote it. After a power cut the last ones may be missing, and a token that was
    # used in that second could be used again until it expires: writing through to the disk would cost every call.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
)
REFUSALS = (IntegrityError, DataError, sqlite3.IntegrityError, sqlite3.DataError)
T = TypeVar("T")
OpenConnection = AsyncConnection | SqliteConnection
"""A connection of either kind of database."""
DATA_ERRORS = ("22", "23")
"""SQLSTATE classes about the row, not the database."""


class Database:
    """A SQLite file of one machine, or a PostgreSQL database of several."""

    def __init__(self, url: str, busy_s: float = BUSY_S, longest_s: float | None = None) -> None:
        """Take the longest time of a single operation, outside calls."""
        parts = make_url(url)
        self.kind = parts.get_backend_name()
        """`sqlite` or `postgresql`."""
        self.url = url
        self.shown = parts.render_as_string(hide_password=True)
        """Its name for people."""
        self.file = Path(parts.database) if self.kind == "sqlite" and parts.database else None
        """Its path, if it is a file."""
        self._engine = (
            SqliteEngine(url, connections=POOL["sqlite"], busy_s=busy_s, prepare=_prepare)
            if self.file
            else _postgresql(url, longest_s or PATIENCE_S)
        )
        self._reader = SqliteThread(self.file, busy_s, _prepare) if self.file else None
        self._writer = SqliteThread(self.file, busy_s, _prepare) if self.file else None
        self._longest_s = longest_s or (HUNG_S if self.file else PATIENCE_S)
        self._failures = _failures(self.kind)
        self._turn = asyncio.Semaphore(1 if self.file else POOL["postgresql"])
        self._is_up_to_date = False
        self._generation = 0
        self._watch(self._engine.sync_engine)

    async def prepare(self) -> None:
        """Create missing tables.

        Raises StoreUnavailable. Another process that creates them is waited for longer than a call would wait.
        """
        for _ in range(TRIES_AT_START - 1):
            try:
                async with self.writing():
                    return
            except StoreUnavailable as error:
                if not _is_busy(error.__cause__):
                    raise
        async with self.writing():
            pass

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[OpenConnection]:
        """Yield a transaction on current tables.

        After a failure the next one starts afresh.
        """
        async with self._in_time(), self._own_turn(), self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[OpenConnection]:
        """Yield a connection for reading.

        Writes are rolled back.
        """
        async with self._in_time(), self._engine.connect() as connection:
            yield connection

    async def add(self, *steps: tuple[Statement, Sequence[Values]]) -> None:
        """Execute statements for their rows, atomically.

        On a file this is one operation in a thread. A started operation completes even without a waiting caller.
        """
        if self._writer is None:
            async with self.writing() as connection:
                for statement, rows in steps:
                    await connection.execute(statement.executable, rows)
            return
        async with self._in_time(), self._own_turn():
            await self._writer.add(steps)

    async def ask(self, statement: Statement, values: Values) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a statement."""
        if self._reader is None:
            async with self.reading() as connection:
                return [tuple(row) for row in await connection.execute(statement.executable, values)]
        async with self._in_time():
            return await self._reader.ask(statement, values)

    async def close(self) -> None:
        """Close the connections."""
        for thread in (self._reader, self._writer):
            if thread is not None:
                await thread.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        async with asyncio.timeout(PATIENCE_S):
            await self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._longest_s):
                if not self._is_up_to_date:
                    await self._open()
                yield
        except self._failures as error:
            if _is_refused(error):
                raise RowRejected from error
            self._start_afresh()
            raise StoreUnavailable from error

    async def _open(self) -> None:
        if not await self._run(is_current):
            await self._run(upgrade)
        self._is_up_to_date = True

    async def _run(self, work: Callable[[Connection], T]) -> T:
        if isinstance(self._engine, SqliteEngine):
            return await self._engine.run(work)
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    def _start_afresh(self) -> None:
        """Forget the state of the tables, with new connections next.

        Old connections are closed at their next use.
        """
        self._is_up_to_date = False
        self._generation += 1
        for thread in (self._reader, self._writer):
            if thread is not None:
                thread.start_afresh()

    def _watch(self, engine: Engine) -> None:
        @event.listens_for(engine, "connect")
        def _mark(_connection: object, record: ConnectionPoolEntry) -> None:
            record.info["generation"] = self._generation

        @event.listens_for(engine, "checkout")
        def _refuse(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
            if record.info["generation"] != self._generation:
                raise DisconnectionError


def _is_busy(cause: BaseException | None) -> bool:
    """Return True for a temporary lock by another process."""
    return isinstance(cause, TimeoutError) or "locked" in str(cause)


def _is_refused(error: BaseException) -> bool:
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return isinstance(error, REFUSALS) or str(state).startswith(DATA_ERRORS)


def _failures(kind: str) -> tuple[type[Exception], ...]:
    """Return the exceptions of the driver.

    Asyncpg's own come through while connecting.
    """
    if kind == "sqlite":
        return (SQLAlchemyError, sqlite3.Error, OSError, TimeoutError)
    import asyncpg  # noqa: PLC0415 - only where it is PostgreSQL

    return (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


def _prepare(connection: sqlite3.Connection) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _postgresql(url: str, longest_s: float) -> AsyncEngine:
    """Return an engine with server-side timeouts."""
    longest_ms = str(int(longest_s * 1000))
    settings = {
        "application_name": "recurrence-cds",
        "statement_timeout": longest_ms,
        "idle_in_transaction_session_timeout": longest_ms,
    }
    return create_async_engine(
        url,
        pool_size=POOL["postgresql"],
        max_overflow=0,
        pool_timeout=PATIENCE_S,
        connect_args={"timeout": PATIENCE_S, "server_settings": settings},
        hide_parameters=True,
    )
