"""Statements, the knowledge beside the rules in words.

No rule reads a statement.
Tests: tests/rules/test_statement.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    """A piece of the knowledge in words.

    Numbers are written by name, such as `{recent_days}`.
    """

    id: str
    title: str
    text: str
    citations: tuple[str, ...] = ()


def read_statements(items: Iterable[Mapping[str, Any]]) -> tuple[Statement, ...]:
    """Return the statements of a sheet in its order."""
    return tuple(
        Statement(item["id"], item["title"], item["text"].strip(), tuple(item.get("citations", ()))) for item in items
    )
