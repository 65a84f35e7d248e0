"""Numbers, units and dates as a card writes them, and measured findings in numbers.

Must not show a unit or a text of the record.
Tests: tests/cards/test_evidence.py.
"""

import calendar
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from cards.words import words
from rules.facts import Days, Quantity
from rules.outcome import Measure

TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")
WITH_LIMIT = frozenset({"lab_alt", "lab_ast", "lab_alp", "lab_ggt", "lab_bilirubin_total"})
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"


def measured(measure: Measure, newest: date | None) -> str:
    """Return a measured finding with its value, its limit and its day."""
    if measure.since is not None:
        return _weight(measure, measure.since, newest or measure.since)
    text = f"{words()['measure'][measure.name]} {plain(measure.value)}{words()['unit'][measure.unit]}"
    if measure.corrected is not None:
        text += f" (corrected {plain(measure.corrected)})"
    if measure.uncorrected:
        text += " (not corrected, no albumin)"
    on = f" on {newest}"
    return text + _ratio(measure) + on if measure.name in WITH_LIMIT else text + on + _limit(measure)


def _weight(measure: Measure, since: date, until: date) -> str:
    lost = f"{MINUS}{plain(measure.percent)} % in {(until - since).days} days"
    return f"Weight {plain(measure.limit)} kg on {since} to {plain(measure.value)} kg on {until}: {lost}"


def _ratio(measure: Measure) -> str:
    limit = measure.limit or measure.value
    return f" ({plain(measure.value / limit)} {TIMES} {_upper(measure)} {plain(limit)})"


def _limit(measure: Measure) -> str:
    return f", {_upper(measure)} {plain(measure.limit)}" if measure.name == "lab_calcium" else ""


def _upper(measure: Measure) -> str:
    return "assumed upper limit" if measure.limit_assumed else "upper limit"


def plain(number: Decimal | None) -> str:
    """Return a number with at most one decimal, without trailing zeros; small ones keep two."""
    if number is None:
        return ""
    rounded = number.quantize(TENTH if abs(number) >= 1 else HUNDREDTH, ROUND_HALF_UP)
    return format(rounded.normalize(), "f")


def unit(quantity: Quantity) -> str:
    """Return the unit of a recorded number when it is one we know."""
    return words()["unit"].get(quantity.unit or "", "")


def written(days: Days) -> str:
    """Return a date as exact as it was recorded: a day, a month, a year, or both its ends."""
    first, last = days
    if first == last:
        return first.isoformat()
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return str(first.year)
    month = calendar.monthrange(first.year, first.month)[1]
    if (first.day, last) == (1, first.replace(day=month)):
        return f"{first:%Y-%m}"
    return f"{first.isoformat()} to {last.isoformat()}"
