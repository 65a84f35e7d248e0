"""Limits on the first lines of docstrings, by the counts of `tools/prose_counts.py`."""

from pathlib import Path

import pytest

from tools.prose_counts import Counts, counts, first_lines

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).parents[2]
PACKAGES = ("cds_service", "cards", "rules")
LIST = "list the lines with `python -m tools.prose_counts --worst 50`"


@pytest.fixture(scope="module")
def found() -> Counts:
    """Return the counts over all docstrings of the three packages."""
    return counts(list(first_lines(ROOT / package for package in PACKAGES)))


def test_first_lines_are_short(found: Counts) -> None:
    """At most ten words in the median."""
    assert found.median_words <= 10, LIST


def test_first_lines_hold_one_thought(found: Counts) -> None:
    """A colon or semicolon in fewer than one of ten."""
    assert found.joined_share < 0.10, LIST


def test_first_lines_name_the_term_in_place_of_a_clause(found: Counts) -> None:
    """Fewer than one relative word in four lines."""
    assert found.relatives_each < 0.25, LIST


def test_first_lines_tell_what_a_thing_is(found: Counts) -> None:
    """A negation in fewer than one of ten."""
    assert found.negated_share < 0.10, LIST
