"""Runs SQLite statements in one dedicated thread.

A call needs a single thread hop, without SQLAlchemy's overhead.
Tests: tests/store/test_database.py.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cds_service.store.statement import Statement, Values

Steps = Iterable[tuple[Statement, Sequence[Values]]]


class SqliteThread:
    """One connection in one thread, made at first use."""

    def __init__(self, file: Path, busy_s: float, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Set the longest wait for other users of the file."""
        self._file = file
        self._busy_s = busy_s
        self._prepare = prepare
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._connection: sqlite3.Connection | None = None
        self._is_stale = False

    async def add(self, steps: Steps) -> None:
        """Execute each statement for its rows, atomically.

        Exceptions of the driver pass through.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._add, steps)

    async def ask(self, statement: Statement, values: Values) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, statement, values)

    def start_afresh(self) -> None:
        """Use a new connection from the next operation on.

        The file may have been replaced.
        """
        self._is_stale = True

    async def close(self) -> None:
        """Close the connection after the running operation."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _add(self, steps: Steps) -> None:
        with self._open() as connection:  # a transaction: committed, or undone where anything fails
            for statement, rows in steps:
                connection.executemany(statement.text, map(statement.in_order, rows))

    def _ask(self, statement: Statement, values: Values) -> list[tuple[Any, ...]]:
        return self._open().execute(statement.text, statement.in_order(values)).fetchall()

    def _open(self) -> sqlite3.Connection:
        if self._is_stale:
            self._is_stale = False
            self._close()
        if self._connection is None:
            connection = sqlite3.connect(self._file, timeout=self._busy_s, check_same_thread=False)
            try:
                self._prepare(connection)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
