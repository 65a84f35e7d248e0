"""A statement compiled once, and for SQLite written as text.

Tests: tests/store/test_database.py.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Insert, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, object]
"""Parameters by name, numbers and texts only."""


class Statement:
    """One statement, for either kind of database."""

    def __init__(self, executable: Insert | Select[Any]) -> None:
        self.executable = executable

    @cached_property
    def text(self) -> str:
        """The statement for SQLite, with question marks."""
        return str(self._compiled)

    def in_order(self, values: Values) -> tuple[object, ...]:
        """Return the values in order, with the statement's own."""
        return tuple(values[name] if held is None else held for name, held in self._marks)

    @cached_property
    def _marks(self) -> tuple[tuple[str, object], ...]:
        return tuple((name, self._compiled.params[name]) for name in self._compiled.positiontup or ())

    @cached_property
    def _compiled(self) -> SQLCompiler:
        return self.executable.compile(dialect=sqlite.dialect())
