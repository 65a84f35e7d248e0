"""A TOML file with the line of each key.

Tests: tests/config/test_toml_file.py.
"""

import tomllib
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Keys = tuple[str | int, ...]
"""Path of a value, from table names to list positions."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed file.

    Its text is not shown, because it may hold keys.
    """

    path: Path
    text: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)

    def place(self, keys: Keys = ()) -> str:
        """Return the file and the line of a key, for people."""
        line = self.line(keys)
        return f"{self.path}, line {line}" if line else str(self.path)

    def line(self, keys: Keys) -> int:
        """Return the line of a key or its innermost table, else 0."""
        while keys and not _holds(self.data, keys):
            keys = keys[:-1]
        return self._line(keys) if keys else 0

    def _line(self, keys: Keys) -> int:
        """Return the line of the statement that defines a key.

        The parser decides: the first lines are read as files until the key appears.
        """
        lines = self.text.split("\n")
        end = bisect_left(range(len(lines) + 1), True, key=lambda count: _holds(_beginning(lines, count)[1], keys))  # noqa: FBT003 - what the key returns
        return _beginning(lines, end - 1)[0] + 1


def read_toml(path: Path) -> TomlFile:
    """Return a parsed file, or raise ValueError with its fault."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return TomlFile(path, text, tomllib.loads(text))
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path} is not valid TOML: {error}") from error


def _beginning(lines: list[str], count: int) -> tuple[int, dict[str, Any]]:
    """Return the longest parsable beginning of these lines, with its data."""
    while count:
        try:
            return count, tomllib.loads("\n".join(lines[:count]))
        except ValueError:
            count -= 1
    return 0, {}


def _holds(value: object, keys: Keys) -> bool:
    for key in keys:
        if isinstance(value, list):
            value = dict(enumerate(value))
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True
