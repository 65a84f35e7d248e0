"""FHIR dates as ranges of days."""

import calendar
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.fhir.elements.dates import FIRST_YEAR, days

DAYS = st.dates(date(FIRST_YEAR, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2024-12", "2024-12-01", "2024-12-31"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("2026-06-01T23:30:00-05:00", "2026-06-01", "2026-06-01"),
        ("2026-06-01T00:10:00+14:00", "2026-06-01", "2026-06-01"),
        ("2026-06-01T10:00", "2026-06-01", "2026-06-01"),
        ("2026-06-01T10:00:00.123456Z", "2026-06-01", "2026-06-01"),
        (" 2026-06-01 ", "2026-06-01", "2026-06-01"),
        ("1850", "1850-01-01", "1850-12-31"),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_a_date_is_every_day_that_it_may_mean(text: str, first: str, last: str) -> None:
    """As written down, in the zone it was written in."""
    found = days(text)

    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "soon", "0001-01-01", "0001", "1849-12-31", "2024-13-01", "2024-00", "2024-02-30", "2023-02-29"),
        *("24-06-01", "2024-6-1", "06/10/2026", "20240601", "2024-06-01T", "2024-06-01 10:00", "2024-06-01T10"),
        *("2024-06-01T10:00:00+2:00", "2024-06-01Z", "-2024", "\u0662\u0660\u0662\u0664", "2024-06-01\n2024", "10000"),
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    """A filler, a slip, another notation: nothing is guessed."""
    assert days(text) is None


@given(DAYS)
def test_a_shorter_date_holds_the_longer_one(day: date) -> None:
    """Year, month and day are one inside the other, and a day is itself."""
    text = day.isoformat()
    year, month, exact = days(text[:4]), days(text[:7]), days(text)

    assert year
    assert month
    assert exact
    assert year.first <= month.first <= exact.first == day == exact.last <= month.last <= year.last
    assert (month.last - month.first).days + 1 == calendar.monthrange(day.year, day.month)[1]


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """Never an exception."""
    found = days(text)

    assert found is None or found.first <= found.last
