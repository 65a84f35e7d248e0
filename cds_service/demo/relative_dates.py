"""Dates of the demo charts, written relative to the day shown: `{{today-14d}}`, `{{today-7y-2m}}`.

Must not read the clock: the caller passes the day.
Tests: tests/demo/test_demo.py.
"""

import calendar
import re
from datetime import date, timedelta

_TOKEN = re.compile(r"\{\{today(?P<steps>(?:-[0-9]+[dmy])*)\}\}")
_STEP = re.compile(r"-(?P<count>[0-9]+)(?P<unit>[dmy])")
_MONTHS = {"m": 1, "y": 12}


def resolved(text: str, today: date) -> str:
    """Return the text with every relative date replaced by its ISO date; a misspelt token is an error, never shown."""
    answer = _TOKEN.sub(lambda token: _day(token["steps"], today).isoformat(), text)
    if "{{" in answer:
        raise ValueError("A demo chart holds a relative date that is not like {{today-7y-2m}} or {{today-14d}}.")
    return answer


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or that month's last day where it is shorter (29 February)."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _day(steps: str, today: date) -> date:
    day = today
    for step in _STEP.finditer(steps):
        count = int(step["count"])
        if step["unit"] == "d":
            day -= timedelta(days=count)
        else:
            day = months_before(day, count * _MONTHS[step["unit"]])
    return day
