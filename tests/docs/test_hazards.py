"""The table of threats and hazards: every row is there once and names tests that exist.

It must not judge whether a test proves what its row says: that takes a reader.
It tests docs/hazards.md.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAD = ("id", "threat or hazard", "possible harm", "severity", "control", "proof", "what remains")
IDS = (*(f"T{number}" for number in range(1, 35)), *(f"H{number}" for number in range(1, 16)))


def _rows() -> Iterator[tuple[str, ...]]:
    """The cells of each line of the table, its head first."""
    for line in (ROOT / "docs" / "hazards.md").read_text("utf-8").splitlines():
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if line.startswith("|") and not set(line) <= set("|-: "):
            yield cells


TABLE = tuple(_rows())
ROWS = {row[0]: dict(zip(HEAD, row, strict=True)) for row in TABLE[1:]}


def _named(row: str) -> list[tuple[str, str]]:
    """The tests that a row names, as path and name."""
    return re.findall(r"`([^`:]+)::([^`]+)`", ROWS[row]["proof"])


@cache
def _tests_in(path: str) -> frozenset[str]:
    """The names of the tests of a file; none where there is no such file."""
    file = ROOT / path
    text = file.read_text("utf-8") if file.is_file() else ""
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)\(", text, re.MULTILINE))


def test_every_threat_and_hazard_has_one_row_in_its_place() -> None:
    """T1 to T34, H1 to H15: none missing, none twice."""
    assert TABLE[0] == HEAD
    assert tuple(row[0] for row in TABLE[1:]) == IDS


@pytest.mark.parametrize("row", IDS)
def test_a_row_says_all_that_a_reader_needs(row: str) -> None:
    """What, harm, severity, control, and what remains."""
    assert all(ROWS[row].values())
    assert ROWS[row]["severity"] in {"1", "2", "3", "4", "5"}


@pytest.mark.parametrize("row", IDS)
def test_a_row_names_a_test(row: str) -> None:
    """A control that nothing proves is a hope."""
    assert _named(row)


@pytest.mark.parametrize("row", IDS)
def test_every_test_that_a_row_names_is_there(row: str) -> None:
    """And nothing else stands in that cell, so that no name is passed over for its spelling."""
    assert [f"{path}::{name}" for path, name in _named(row) if name not in _tests_in(path)] == []
    rest = re.sub(r"`[^`:]+::[^`]+`|<br>", "", ROWS[row]["proof"]).strip()
    assert not rest
