"""Knowledge files as text, with the lines of their entries.

Tests: tests/cards/test_check.py.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources.abc import Traversable
from typing import Any, Self

WRONG_KIND = (AttributeError, KeyError, TypeError, ValueError)
"""Exceptions for a number where a table belongs, and the like."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a knowledge file."""

    file: str
    """Path from the root of the project, such as rules/brain/codes.csv."""
    line: int
    """Line in the file, 0 for the whole file."""
    message: str
    remedy: str

    def __str__(self) -> str:
        """Return the mistake as one line."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message}. {self.remedy}."


@dataclass(frozen=True, slots=True)
class Source:
    """One knowledge file."""

    name: str
    text: str

    @classmethod
    def read(cls, package: str, root: Traversable, *path: str) -> "Source | Mistake":
        """Return the file, or a mistake if it is unreadable."""
        name = "/".join((package, *path))
        try:
            text = root.joinpath(*path).read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return Mistake(name, 0, "the file is missing", "Restore it or copy that of a neighbouring folder")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            return Mistake(name, line, "the text is not UTF-8", "Save the file as UTF-8")
        return cls(name, text.replace("\r\n", "\n"))

    def toml(self) -> "Mapping[str, Any] | Mistake":
        """Return the parsed TOML, or the parser's mistake."""
        try:
            return tomllib.loads(self.text, parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"at line (\d+)", str(error))
            return Mistake(self.name, int(found[1]) if found else 0, str(error), "Correct the TOML of this line")

    def line_of(self, *needles: str) -> int:
        """Return the line of the last needle, else 0.

        Each needle is searched for after the line of the one before it.
        """
        lines, at = self.text.split("\n"), 0
        for needle in needles:
            word = re.compile(rf"(?<![\w-]){re.escape(needle)}(?![\w-])")
            found = next((number for number in range(at, len(lines)) if word.search(lines[number])), None)
            if found is None:
                return 0
            at = found
        return at + 1 if needles else 0

    def mistake(self, line: int, message: str, remedy: str) -> Mistake:
        """Return a mistake in this file."""
        return Mistake(self.name, line, message, remedy)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Folders with the knowledge files."""

    rules: Traversable
    cards: Traversable

    def source(self, package: str, *path: str) -> Source | Mistake:
        """Return one file of a package."""
        return Source.read(package, getattr(self, package), *path)


@dataclass(slots=True)
class Collector:
    """Mistakes of all checks and the readable files."""

    knowledge: Knowledge
    mistakes: list[Mistake]

    @classmethod
    def of(cls, knowledge: Knowledge) -> Self:
        """Return a collector without mistakes."""
        return cls(knowledge, [])

    def read(self, package: str, *path: str) -> Source | None:
        """Return a file, or None after a mistake."""
        found = self.knowledge.source(package, *path)
        if isinstance(found, Mistake):
            self.mistakes.append(found)
            return None
        return found

    def toml(self, package: str, *path: str) -> tuple[Source, Mapping[str, Any]] | None:
        """Return a TOML file with its data, or None after a mistake."""
        source = self.read(package, *path)
        if source is None:
            return None
        data = source.toml()
        if isinstance(data, Mistake):
            self.mistakes.append(data)
            return None
        return source, data

    def tables(self, package: str, *path: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables of a TOML file that has nothing else, {} after a mistake."""
        read = self.toml(package, *path)
        if read is None:
            return {}
        source, data = read
        for name in data:
            if not isinstance(data[name], Mapping):
                mistake = source.mistake(source.line_of(name), f"{name} is no table", f"Write it under [{name}]")
                self.mistakes.append(mistake)
        return {name: table for name, table in data.items() if isinstance(table, Mapping)}

    def add(self, mistakes: Iterator[Mistake], file: str) -> None:
        """Take the mistakes of one check.

        A value of a wrong kind ends the check with a mistake of its file.
        """
        try:
            for mistake in mistakes:
                self.mistakes.append(mistake)
        except WRONG_KIND as error:
            message = f"a value is of the wrong kind ({type(error).__name__}: {error})"
            self.mistakes.append(Mistake(file, 0, message, "Compare with the entries beside it"))
