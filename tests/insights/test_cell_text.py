"""Cells in words."""

import pytest

from cds_service.insights.cell_text import duration, written
from cds_service.insights.tables import Count, PartOf, Rate, Time

VIEWS = Count(("all", "", "views"), 1000)


def _count(number: int, name: str = "shown") -> Count:
    return Count(("all", "", name), number)


@pytest.mark.parametrize(
    "cell, text",
    [
        (None, ""),
        (_count(1234567), "1,234,567"),
        (PartOf(_count(10), _count(20, "due")), "10 (50 %, 30 to 70)"),
        (PartOf(_count(1), _count(1000, "due")), "1 (0.1 %, 0 to 0.6)"),
        (PartOf(_count(10), _count(19, "due")), "10 (too few)"),
        (PartOf(_count(0), _count(0, "due")), "0"),
        (Rate((_count(91), _count(2, "quieted")), VIEWS), "93.0"),
        (Rate((_count(138),), VIEWS, is_rounded=True), "140"),
        (Rate((_count(5),), Count(("all", "", "views"), 99)), "too few"),
        (Time(90_000, _count(20)), "1.5 min"),
        (Time(90_000, _count(19)), "too few"),
        (Time(None, _count(0)), "too few"),
    ],
)
def test_a_cell_says_what_it_holds(cell: Count | PartOf | Rate | Time | None, text: str) -> None:
    """Shares with their interval, rates of enough views, times of enough cards."""
    assert written(cell) == text


def test_a_hidden_cell_says_nothing() -> None:
    """A small count says that it is small; a rate or a share that rests on a hidden count is hidden with it."""
    hidden = frozenset({("all", "", "shown")})

    assert written(_count(4), hidden) == "<5"
    assert written(_count(5), hidden) == "hidden"
    assert written(PartOf(_count(30), _count(40, "due")), hidden) == "hidden"
    assert written(PartOf(_count(30, "accepted"), _count(40)), hidden) == "30"
    assert written(Rate((_count(30),), VIEWS), hidden) == "hidden"


@pytest.mark.parametrize(
    "milliseconds, text",
    [(400, "0 s"), (59_000, "59 s"), (60_000, "1.0 min"), (5_400_000, "1.5 h"), (86_400_000, "1.0 d")],
)
def test_a_time_is_said_in_its_largest_unit(milliseconds: int, text: str) -> None:
    """Seconds to days."""
    assert duration(milliseconds) == text
