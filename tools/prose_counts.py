"""Prose counts: five figures on the first lines of docstrings.

It reads the source with `ast` and changes nothing.
Tests: tests/tools/test_prose_counts.py.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("cds_service", "cards", "rules")
MOST_WORDS: Final = 10
"""Words of a first line above which it is listed as long."""

_CODE_OR_URL: Final = re.compile(r"``.+?``|`[^`]*`|\w+://\S+|\b\d{1,2}:\d{2}(?::\d{2})?\b")
_JOINED: Final = re.compile(r"[:;]")
_RELATIVE: Final = re.compile(r"\b(?:what|who|which|that|where|whether)\b", re.IGNORECASE)
_NEGATION: Final = re.compile(r"\b(?:not|no|never|none|nothing|nobody|neither|nor|cannot)\b|n[’']t\b", re.IGNORECASE)  # noqa: RUF001 - typographic apostrophes count too


@dataclass(frozen=True, slots=True)
class FirstLine:
    """First line of one docstring and its place."""

    path: Path
    line: int
    text: str
    of_attribute: bool = False

    @property
    def words(self) -> int:
        """Number of words between spaces."""
        return len(self.text.split())

    @property
    def joined(self) -> bool:
        """True with a colon or semicolon outside code, URLs and times."""
        return bool(_JOINED.search(_CODE_OR_URL.sub("", self.text)))

    @property
    def relatives(self) -> int:
        """Number of relative words outside code."""
        return len(_RELATIVE.findall(_CODE_OR_URL.sub("", self.text)))

    @property
    def negated(self) -> bool:
        """True with a negation outside code."""
        return bool(_NEGATION.search(_CODE_OR_URL.sub("", self.text)))

    @property
    def faults(self) -> tuple[str, ...]:
        """Names of the broken patterns."""
        found = {
            f"{self.words} words": self.words > MOST_WORDS,
            "colon or semicolon": self.joined,
            f"{self.relatives} relative": self.relatives > 0,
            "negation": self.negated,
        }
        return tuple(name for name, broken in found.items() if broken)


@dataclass(frozen=True, slots=True)
class Counts:
    """The five counts, with the number of docstrings."""

    docstrings: int
    median_words: float
    mean_words: float
    joined_share: float
    relatives_each: float
    negated_share: float


def counts(lines: Sequence[FirstLine]) -> Counts:
    """Count the patterns of first lines; all figures are 0 without any."""
    number = len(lines)
    if not number:
        return Counts(0, 0, 0, 0, 0, 0)
    return Counts(
        number,
        median(line.words for line in lines),
        mean(line.words for line in lines),
        sum(line.joined for line in lines) / number,
        sum(line.relatives for line in lines) / number,
        sum(line.negated for line in lines) / number,
    )


def first_lines(paths: Iterable[Path]) -> Iterator[FirstLine]:
    """Yield the first line of every docstring of files and folders."""
    for path in paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else (path,):
            yield from _of_file(file)


def worst(lines: Iterable[FirstLine], most: int) -> list[FirstLine]:
    """Return the first lines with most broken patterns, longest first among equals."""
    faulty = (line for line in lines if line.faults)
    return sorted(faulty, key=lambda line: (-len(line.faults), -line.words, str(line.path), line.line))[:most]


def text(found: Counts) -> str:
    """Return the counts as one printed line."""
    return (
        f"{found.docstrings} docstrings; words in the first line: median {found.median_words:g}, "
        f"mean {found.mean_words:.1f}; colon or semicolon {found.joined_share:.1%}; "
        f"relative words {found.relatives_each:.2f} each; negation {found.negated_share:.1%}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts, and the worst lines where asked; return exit code 0."""
    options = _options(arguments)
    lines = list(first_lines(options.paths))
    if not options.worst:
        for path in options.paths:
            _say(f"{_shown(path)}: {text(counts(list(first_lines([path]))))}")
        _say(f"together: {text(counts(lines))}")
        without = [line for line in lines if not line.of_attribute]
        _say(f"without attributes: {text(counts(without))}")
    for line in worst(lines, options.worst):
        _say(f"{_shown(line.path)}:{line.line}: [{', '.join(line.faults)}] {line.text}")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.prose_counts", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, default=[ROOT / name for name in PACKAGES], metavar="PATH")
    parser.add_argument(
        "--worst", type=int, default=0, metavar="N", help="list the N worst first lines, with file:line"
    )
    options = parser.parse_args(arguments)
    if missing := [str(path) for path in options.paths if not path.exists()]:
        parser.error(f"no such file or folder: {', '.join(missing)}")
    return options


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _shown(path: Path) -> Path:
    """Shorten a path of the repository."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _of_file(path: Path) -> Iterator[FirstLine]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        for constant, of_attribute in _docstrings(node):
            lines = str(constant.value).strip().splitlines()
            if lines:
                yield FirstLine(path, constant.lineno, lines[0].strip(), of_attribute)


def _docstrings(node: ast.AST) -> Iterator[tuple[ast.Constant, bool]]:
    """Yield a node's own docstring and those of its attributes."""
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return
    previous: ast.stmt | None = None
    for statement in node.body:
        own = previous is None
        attribute = isinstance(previous, ast.Assign | ast.AnnAssign) and not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef
        )
        match statement:
            case ast.Expr(value=ast.Constant(value=str()) as constant) if own or attribute:
                yield constant, not own
        previous = statement


if __name__ == "__main__":
    sys.exit(main())
