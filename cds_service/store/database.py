"""One database a process: its connections, how long they are waited for, and what happens when it fails.

It must not know a table. What fails is StoreUnavailable; a row that it refuses is RowRefused.
Tests: tests/store/test_database.py, tests/store/test_faults.py.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from cds_service.audit.storage import RowRejected
from cds_service.errors import StoreUnavailable
from cds_service.store.schema import bring_up_to_date
from cds_service.store.sqlite_thread import SqliteThread
from cds_service.store.statement import Statement, Values

BUSY_S = 1.5
"""So long one process waits for another that writes to the same file."""
PATIENCE_S = 2.0
"""So long a call waits for its row to be written."""
HUNG_S = 10.0
"""So long a statement on a file may take. BUSY_S ends its waiting for others; only a broken disk is slower."""
TRIES_AT_START = 10
"""So often the tables are tried for before the start is given up: PATIENCE_S each."""
POOL = {"sqlite": 2, "postgresql": 5}
"""Connections of a process, beside the two to a file that are used in one go (`add`, `ask`). To a file one writes
and one reads; its own writers line up before they reach it."""
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # A row outlives the process that wrote it. After a power cut the last ones may be missing, and a token that was
    # used in that second could be used again until it expires: writing through to the disk would cost every call.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
)
REFUSALS = (IntegrityError, DataError, sqlite3.IntegrityError, sqlite3.DataError)
DATA_ERRORS = ("22", "23")
"""Classes of SQLSTATE that speak of the row, not of the database."""


class Database:
    """A SQLite file, which the workers of a machine share, or a PostgreSQL database, which machines share."""

    def __init__(self, url: str, busy_s: float = BUSY_S, longest_s: float | None = None) -> None:
        """Take the longest time of what is done in one go, where no call waits for it."""
        parts = make_url(url)
        self.kind = parts.get_backend_name()
        """`sqlite` or `postgresql`."""
        self.url = url
        self.shown = parts.render_as_string(hide_password=True)
        """Where it is, for people."""
        self.file = Path(parts.database) if self.kind == "sqlite" and parts.database else None
        """Where it is, if it is a file."""
        self._engine = _sqlite(url, busy_s) if self.file else _postgresql(url, longest_s or PATIENCE_S)
        self._reader = SqliteThread(self.file, busy_s, _prepare) if self.file else None
        self._writer = SqliteThread(self.file, busy_s, _prepare) if self.file else None
        self._longest_s = longest_s or (HUNG_S if self.file else PATIENCE_S)
        self._failures = _failures(self.kind)
        self._turn = asyncio.Semaphore(1 if self.file else POOL["postgresql"])
        self._is_up_to_date = False
        self._generation = 0
        self._watch(self._engine.sync_engine)

    async def prepare(self) -> None:
        """Make the tables if they are not there; raise StoreUnavailable if they can't be used.

        Another process that makes them just now is waited for longer than a call would wait.
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
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction on tables that are up to date; whatever goes wrong, the next one starts afresh."""
        async with self._in_time(), self._own_turn(), self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection to read with; nothing that it writes stays."""
        async with self._in_time(), self._engine.connect() as connection:
            yield connection

    async def add(self, *steps: tuple[Statement, Sequence[Values]]) -> None:
        """Carry out statements, each for each of its rows, all or none: on a file in one go in a thread.

        There, what was begun is done whole even where nobody waits for it any more.
        """
        if self._writer is None:
            async with self.writing() as connection:
                for statement, rows in steps:
                    await connection.execute(statement.executable, rows)
            return
        async with self._in_time(), self._own_turn():
            await self._writer.add(steps)

    async def ask(self, statement: Statement, values: Values) -> Sequence[tuple[Any, ...]]:
        """Return the rows that a statement finds."""
        if self._reader is None:
            async with self.reading() as connection:
                return [tuple(row) for row in await connection.execute(statement.executable, values)]
        async with self._in_time():
            return await self._reader.ask(statement, values)

    async def close(self) -> None:
        """Close the connections."""
        for beside in (self._reader, self._writer):
            if beside is not None:
                await beside.close()
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
        if self.file:
            await asyncio.to_thread(_open, self.file)
        await bring_up_to_date(self._engine)
        self._is_up_to_date = True

    def _start_afresh(self) -> None:
        """Forget what was known of the tables: others may be there by the next call, over new connections.

        A connection of before is closed when it would be used next; whoever uses it now may end.
        """
        self._is_up_to_date = False
        self._generation += 1
        for beside in (self._reader, self._writer):
            if beside is not None:
                beside.start_afresh()

    def _watch(self, engine: Engine) -> None:
        @event.listens_for(engine, "connect")
        def _mark(_connection: object, record: ConnectionPoolEntry) -> None:
            record.info["generation"] = self._generation

        @event.listens_for(engine, "checkout")
        def _refuse(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
            if record.info["generation"] != self._generation:
                raise DisconnectionError


def _is_busy(cause: BaseException | None) -> bool:
    """Return whether the store is only held by somebody else for the moment."""
    return isinstance(cause, TimeoutError) or "locked" in str(cause)


def _is_refused(error: BaseException) -> bool:
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return isinstance(error, REFUSALS) or str(state).startswith(DATA_ERRORS)


def _open(file: Path) -> None:
    """Raise if the file can't be opened: the driver would leave a thread behind, which complains after the end."""
    sqlite3.connect(file).close()


def _failures(kind: str) -> tuple[type[Exception], ...]:
    """Return what the driver raises. Asyncpg's own errors come through as they are while a connection is made."""
    if kind == "sqlite":
        return (SQLAlchemyError, sqlite3.Error, OSError, TimeoutError)
    import asyncpg  # noqa: PLC0415 - only where it is PostgreSQL

    return (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


def _sqlite(url: str, busy_s: float) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=POOL["sqlite"],
        max_overflow=0,
        pool_timeout=PATIENCE_S,
        connect_args={"timeout": busy_s},
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object = None) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _postgresql(url: str, longest_s: float) -> AsyncEngine:
    """Return an engine whose server gives up, too, on what nobody waits for any more."""
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
