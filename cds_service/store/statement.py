"""A statement that every call needs: put together once, and for a file written out for its driver.

It must not hold a value of a call.
Tests: tests/store/test_database.py.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Insert, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, object]
"""What stands for the parameters of a statement, by name: numbers and texts, which every driver takes as they are."""


class Statement:
    """One statement, for either kind of database."""

    def __init__(self, executable: Insert | Select[Any]) -> None:
        self.executable = executable

    @cached_property
    def text(self) -> str:
        """The statement as SQLite reads it, with a question mark for each parameter."""
        return str(self._compiled)

    def in_order(self, values: Values) -> tuple[object, ...]:
        """Return the values in the order of the question marks, and between them what the statement itself holds."""
        return tuple(values[name] if held is None else held for name, held in self._marks)

    @cached_property
    def _marks(self) -> tuple[tuple[str, object], ...]:
        return tuple((name, self._compiled.params[name]) for name in self._compiled.positiontup or ())

    @cached_property
    def _compiled(self) -> SQLCompiler:
        return self.executable.compile(dialect=sqlite.dialect())
