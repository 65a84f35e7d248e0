"""Numbers, units and dates as a card writes them.

They must not show a unit or a text of the record.
Tests: tests/cards/test_evidence.py.
"""

import calendar
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from cards.words import Words
from rules.facts import Days, Quantity
from rules.outcome import Measure

TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")
WITH_LIMIT = frozenset({"lab_alt", "lab_ast", "lab_alp", "lab_ggt", "lab_bilirubin_total"})


def measured(measure: Measure, newest: date | None, words: Words) -> str:
    """Return a measured finding with value, limit and day."""
    if measure.since is not None:
        return _weight(measure, measure.since, newest or measure.since, words)
    unit_ = words.tables["unit"][measure.unit]
    text = f"{words.tables['measure'][measure.name]} {plain(measure.value, words)}{unit_}"
    if measure.corrected is not None:
        text = words.text("evidence", "corrected", what=text, number=plain(measure.corrected, words))
    if measure.uncorrected:
        text = words.text("evidence", "uncorrected", what=text)
    if measure.name in WITH_LIMIT:
        text = _ratio(text, measure, words)
    text = words.text("evidence", "on", what=text, day=newest)
    if measure.name == "lab_calcium":
        text = words.text("evidence", "limited", what=text, limit=_upper(measure, words))
    return text


def _weight(measure: Measure, since: date, until: date, words: Words) -> str:
    return words.text(
        "evidence",
        "weight",
        before=plain(measure.limit, words),
        after=plain(measure.value, words),
        percent=plain(measure.percent, words),
        since=since,
        until=until,
        days=(until - since).days,
    )


def _ratio(text: str, measure: Measure, words: Words) -> str:
    number = plain(measure.value / (measure.limit or measure.value), words)
    return words.text("evidence", "ratio", what=text, number=number, limit=_upper(measure, words))


def _upper(measure: Measure, words: Words) -> str:
    name = "limit_assumed" if measure.limit_assumed else "limit"
    return words.text("evidence", name, number=plain(measure.limit or measure.value, words))


def plain(number: Decimal | None, words: Words) -> str:
    """Return a number with at most one decimal.

    Small numbers keep two; trailing zeros go.
    """
    if number is None:
        return ""
    rounded = number.quantize(TENTH if abs(number) >= 1 else HUNDREDTH, ROUND_HALF_UP)
    return format(rounded.normalize(), "f").replace(".", words.tables["number"]["point"])


def unit(quantity: Quantity, words: Words) -> str:
    """Return the display of a known unit."""
    return words.tables["unit"].get(quantity.unit or "", "")


def written(days: Days, words: Words) -> str:
    """Return a date as exact as recorded.

    It is a day, a month, a year, or both ends.
    """
    first, last = days
    if first == last:
        return first.isoformat()
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return str(first.year)
    month = calendar.monthrange(first.year, first.month)[1]
    if (first.day, last) == (1, first.replace(day=month)):
        return f"{first:%Y-%m}"
    return words.text("evidence", "span", first=first.isoformat(), last=last.isoformat())
