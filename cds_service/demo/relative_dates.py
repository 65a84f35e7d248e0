"""Relative dates of the demo charts, such as `{{today-7y-2m}}`.

Tests: tests/demo/test_demo.py.
"""

import calendar
import re
from datetime import date, timedelta

_TOKEN = re.compile(r"\{\{today(?P<steps>(?:-[0-9]+[dmy])*)\}\}")
_STEP = re.compile(r"-(?P<count>[0-9]+)(?P<unit>[dmy])")
_MONTHS = {"m": 1, "y": 12}


def resolved(text: str, today: date) -> str:
    """Return the text with relative dates as ISO dates.

    A misspelt token is an error.
    """
    answer = _TOKEN.sub(lambda token: _day(token["steps"], today).isoformat(), text)
    if "{{" in answer:
        raise ValueError("A demo chart holds a relative date that is not like {{today-7y-2m}} or {{today-14d}}.")
    return answer


def months_before(day: date, months: int) -> date:
    """Return the day a number of months earlier.

    It is the last day of a shorter month (29 February).
    """
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
