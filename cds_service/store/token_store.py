"""The table of used tokens: a row is added once, whoever tries how often, from however many processes.

It must not answer yes where it can't be sure: what fails is StoreUnavailable.
Tests: tests/security/test_replay.py.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import delete, event, insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from cds_service.errors import StoreUnavailable
from cds_service.store.schema import bring_up_to_date
from cds_service.store.tables import used_tokens

BUSY_S = 1.0
"""So long one process waits for another that writes."""
PATIENCE_S = 2.0
"""So long a call waits for its row to be written."""
TRIES_AT_START = 10
"""So often the tables are tried for before the start is given up: PATIENCE_S each."""
FAILURES = (SQLAlchemyError, sqlite3.Error, OSError, TimeoutError)
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # A row outlives the process that wrote it. After a power cut the last ones may be missing, and a token that was
    # used in that second could be used again until it expires: writing through to the disk would cost every call.
    "PRAGMA synchronous = NORMAL",
)
_INSERT = insert(used_tokens)


class TokenStore:
    """One connection a process: its own calls line up for it, and wait for other processes as long as BUSY_S."""

    def __init__(self, url: str, busy_s: float = BUSY_S) -> None:
        self._engine = _engine(url, busy_s)
        self._file = url.partition(":///")[2]
        self._is_up_to_date = False

    async def prepare(self) -> None:
        """Make the tables if they are not there; raise StoreUnavailable if they can't be used.

        Another process that makes them just now is waited for longer than a call would wait.
        """
        for _ in range(TRIES_AT_START - 1):
            try:
                async with self._writing():
                    return
            except StoreUnavailable as error:
                if not _is_busy(error.__cause__):
                    raise
        async with self._writing():
            pass

    async def add(self, issuer: str, jti: str, expires: int) -> bool:
        """Write the row, and return whether it was not there before."""
        try:
            async with self._writing() as connection:
                await connection.execute(_INSERT, {"issuer": issuer, "jti": jti, "expires": expires})
        except IntegrityError:
            return False
        return True

    async def remove_expired(self, before: int) -> None:
        """Drop the rows that expired before this second."""
        async with self._writing() as connection:
            await connection.execute(delete(used_tokens).where(used_tokens.c.expires < before))

    async def close(self) -> None:
        """Close the connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction on tables that are up to date; whatever goes wrong, the next one starts afresh."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                if not self._is_up_to_date:
                    await asyncio.to_thread(_open, self._file)
                    await bring_up_to_date(self._engine)
                    self._is_up_to_date = True
                async with self._engine.begin() as connection:
                    yield connection
        except IntegrityError:
            raise
        except FAILURES as error:
            await self._start_afresh()
            raise StoreUnavailable from error

    async def _start_afresh(self) -> None:
        """Forget the connection and what was known of the file: another may lie there by the next call."""
        self._is_up_to_date = False
        with suppress(*FAILURES):
            async with asyncio.timeout(PATIENCE_S):
                await self._engine.dispose()


def _is_busy(cause: BaseException | None) -> bool:
    """Return whether the store is only held by somebody else for the moment."""
    return isinstance(cause, TimeoutError) or "locked" in str(cause)


def _open(file: str) -> None:
    """Raise if the file can't be opened: the driver would leave a thread behind, which complains after the end."""
    sqlite3.connect(file).close()


def _engine(url: str, busy_s: float) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_timeout=PATIENCE_S,
        connect_args={"timeout": busy_s},
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    return engine
