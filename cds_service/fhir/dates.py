"""FHIR dates as ranges of days: `2024` is all of 2024, never a guessed day.

Must not choose which end of a range counts: rules.evidence does (rules.md EV-2, GATE-3).
Tests: tests/service/test_dates.py.
"""

import calendar
import re
from datetime import date

from rules.facts import Days

_FHIR_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
FIRST_YEAR = 1850
"""A year before this is no date of a living patient's chart but a filler such as 0001."""


def days(text: str) -> Days | None:
    """Return the first and last day that a FHIR date, dateTime or instant may mean; None when it is not one.

    The day is the one written down, in the zone it was written in: a clinician wrote that day.
    """
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
