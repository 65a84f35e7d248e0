"""A TOML file that knows on which line each of its keys stands, so that a mistake can be found.

It must not know what the keys mean.
Tests: tests/config/test_toml_file.py.
"""

import tomllib
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Keys = tuple[str | int, ...]
"""Where a value stands: names of tables and keys, and places in lists, from the outside in."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file that was read. It may hold keys of others, so that its text is not shown."""

    path: Path
    text: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)

    def place(self, keys: Keys = ()) -> str:
        """Return the file and the line of a key, for people."""
        line = self.line(keys)
        return f"{self.path}, line {line}" if line else str(self.path)

    def line(self, keys: Keys) -> int:
        """Return the line of a key, or of the innermost table around it that is there; 0 if that is the file."""
        while keys and not _holds(self.data, keys):
            keys = keys[:-1]
        return self._line(keys) if keys else 0

    def _line(self, keys: Keys) -> int:
        """Return the line on which the statement begins that first gives a file in which the key stands.

        The reader itself says what a statement is: the first so many lines are read as a file of their own.
        """
        lines = self.text.split("\n")
        end = bisect_left(range(len(lines) + 1), True, key=lambda count: _holds(_beginning(lines, count)[1], keys))  # noqa: FBT003 - what the key returns
        return _beginning(lines, end - 1)[0] + 1


def read_toml(path: Path) -> TomlFile:
    """Return what a file says, or raise ValueError with what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
        return TomlFile(path, text, tomllib.loads(text))
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path} is not valid TOML: {error}") from error


def _beginning(lines: list[str], count: int) -> tuple[int, dict[str, Any]]:
    """Return the longest beginning of at most so many lines that is a file of its own, and what it says."""
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
