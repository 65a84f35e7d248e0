"""FHIR dates as ranges of days.

`2024` means all of 2024, and no day may be guessed (EV-2, GATE-3).
Tests: tests/fhir/test_dates.py.
"""

import calendar
import re
from datetime import date

from rules.facts import Days

_OF_DAY = r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_TIME = re.compile(_OF_DAY)
_FHIR_DATE = re.compile(rf"([0-9]{{4}})(?:-([0-9]{{2}})(?:-([0-9]{{2}})(?:{_OF_DAY})?)?)?")
FIRST_YEAR = 1850
"""Earliest year of a real date.

Earlier ones are fillers such as 0001.
"""
DAY_LENGTH = len("2026-06-15")


FILLERS = frozenset({date(1900, 1, 1), date(1970, 1, 1)})
"""Days that stand in for an unknown date."""
FIRST_SURE_YEAR = max(FILLERS).year + 1
"""First year without such a day."""
LAST_YEAR = 2200
"""Latest year of a real date.

Later ones such as 9999 are fillers.
"""


def is_filler(found: Days) -> bool:
    """Return True for a date that stands in for an unknown one."""
    return (found.first in FILLERS and found.first == found.last) or found.first.year > LAST_YEAR


def in_life(found: Days | None, born: Days | None) -> Days | None:
    """Return a date, or None for one before the patient's birth."""
    return None if found is not None and born is not None and found.last < born.first else found


def days(text: str) -> Days | None:
    """Return first and last possible day of a FHIR date, or None.

    The written day counts, in its own zone, because a clinician wrote that day.
    """
    if (
        len(text) >= DAY_LENGTH
        and text[4] == text[7] == "-"
        and (len(text) == DAY_LENGTH or _TIME.fullmatch(text, DAY_LENGTH))
    ):
        return _full(text[:DAY_LENGTH])
    match = _FHIR_DATE.fullmatch(text.strip())
    if match is None:
        return None
    written, month, day = match.groups()
    year = int(written)
    if year < FIRST_YEAR:
        return None
    try:
        first = date(year, int(month or 1), int(day or 1))
    except ValueError:
        return None
    if day:
        return Days(first, first)
    last_month = int(month or 12)
    return Days(first, date(year, last_month, calendar.monthrange(year, last_month)[1]))


def _full(text: str) -> Days | None:
    """Return the day of a full date twice, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return Days(day, day) if day.year >= FIRST_YEAR else None
