"""Newest laboratory value against its upper limit (LAB-1).

Tests: tests/rules/test_labs.py, rules/labs/cases.yaml.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum
from functools import cache

from rules.case import Case
from rules.evidence.presence import evidence_date
from rules.facts import Quantity, Range, Record
from rules.outcome import Finding, Measure, Missing
from rules.sheet import sheet
from rules.units import factor, normalised

SHEET = sheet("labs")
NORMAL = "normal"
"""Type of a reference range of healthy people."""
REPORTED = frozenset({"final", "corrected", "amended"})
BELOW = frozenset({"<", "<="})


class Grade(IntEnum):
    """How far a value is above its upper limit."""

    NORMAL = 0
    MILD = 1
    MODERATE = 2
    SEVERE = 3


@dataclass(frozen=True, slots=True)
class LabValue:
    """One value in the rules' unit with limit and day."""

    test: str
    value: Decimal
    unit: str
    upper: Decimal
    assumed: bool
    flagged_high: bool
    on: date
    record: Record
    as_of: date
    """Day of evaluation, for the limits in force."""

    @property
    def ratio(self) -> Decimal:
        """Times the upper limit."""
        return self.value / self.upper

    @property
    def abnormality(self) -> Decimal:
        """Distance from normal, to order values of one test."""
        if self.test in SHEET.words["low_is_abnormal"]:
            return -self.value
        return self.ratio if f"upper_{self.test}" in SHEET.limits else self.value

    @property
    def grade(self) -> Grade:
        """Grade by number. A high flag makes it at least mild."""
        steps = ((Grade.SEVERE, "severe"), (Grade.MODERATE, "moderate"), (Grade.MILD, "mild"))
        found = next((grade for grade, name in steps if self._is_above(name)), Grade.NORMAL)
        return max(found, Grade.MILD) if self.flagged_high else found

    def _is_above(self, step: str) -> bool:
        """Return True above the limit of a step."""
        name = f"{step}_{self.test}"
        return name in SHEET.limits and self.ratio > SHEET.limit(name, self.as_of)

    def as_finding(self) -> Finding:
        """Return the value as a finding that begins with it."""
        measure = Measure(self.test, self.value, self.unit, limit=self.upper, limit_assumed=self.assumed)
        return Finding(self.test, (self.record,), newest=self.on, started=self.on, measure=measure)


def unit_of(test: str) -> str:
    """Return the rules' unit of a test."""
    return next(iter(SHEET.units[f"{test}_units"]))


def converted(quantity: Quantity, test: str) -> Decimal | None:
    """Return a quantity in the rules' unit, or None.

    UCUM code and unit text must agree if both are known.
    """
    found = factor(quantity, SHEET.units[f"{test}_units"])
    return None if found is None else quantity.value * found


def newest_value(case: Case, test: str) -> LabValue | None:
    """Return the newest usable value after the cancer.

    Of one day the more abnormal value counts.
    """
    values = values_of(case, test, case.ago(SHEET.days("value_days", case.as_of)), case.as_of)
    index = case.history.index_date
    counting = (value for value in values if index is None or value.on >= index)
    return max(counting, key=lambda value: (value.on, value.abnormality), default=None)


def values_of(case: Case, test: str, first: date, last: date) -> tuple[LabValue, ...]:
    """Return the usable values of a test dated within [first, last]."""
    found = (_value(case, test, record) for record in case.records(test))
    return tuple(value for value in found if value is not None and first <= value.on <= last)


def _value(case: Case, test: str, record: Record) -> LabValue | None:
    quantity, on = record.value.quantity, evidence_date(record, case.as_of)
    if quantity is None or on is None or record.status not in REPORTED or record.broken:
        return None
    number = converted(quantity, test)
    if number is None or quantity.comparator in BELOW or number < 0:
        return None
    upper = _upper_limit(case, test, record, quantity)
    high = bool(record.interpretation & set(SHEET.words["high"]))
    assumed = upper is None
    limit = upper or _assumed_limit(test, quantity, case.as_of) or number or Decimal(1)
    return LabValue(test, number, unit_of(test), limit, assumed, high, on, record, case.as_of)


def _assumed_limit(test: str, quantity: Quantity, on: date) -> Decimal | None:
    """Return the assumed upper limit in the value's own unit.

    It is rounded as its source rounds it.
    """
    given = {normalised(unit) for unit in (quantity.code, quantity.text) if unit}
    for own, unit in _own_limits(test):
        if normalised(unit) in given:
            return SHEET.limit(own, on) * SHEET.units[f"{test}_units"][unit]
    usual = f"upper_{test}"
    return SHEET.limit(usual, on) if usual in SHEET.limits else None


@cache
def _own_limits(test: str) -> tuple[tuple[str, str], ...]:
    """Return the names of a test's assumed limits with their own units."""
    begin = f"upper_{test}@"
    return tuple((name, name.removeprefix(begin)) for name in SHEET.limits if name.startswith(begin))


def _upper_limit(case: Case, test: str, record: Record, quantity: Quantity) -> Decimal | None:
    """Return the reported upper limit for this person."""
    for given in sorted(record.ranges, key=lambda each: each.type != NORMAL):
        if given.high is None or given.type not in (None, NORMAL) or not _applies(case, given):
            continue
        high = (
            given.high if given.high.unit is not None else replace(given.high, code=quantity.code, text=quantity.text)
        )
        upper = converted(high, test)
        if upper is not None and upper > 0:
            return upper
    return None


def _applies(case: Case, given: Range) -> bool:
    """Return True for a reference range of this sex, age and pregnancy."""
    people = frozenset(given.applies_to)
    sexes = {sex for sex in ("female", "male") if people & set(SHEET.words[sex])}
    if sexes and case.facts.person.sex not in sexes:
        return False
    if people & set(SHEET.words["pregnant"]) and not case.pregnant:
        return False
    if case.age is None:
        return True
    young = given.age_low is not None and case.age < given.age_low
    return not (young or (given.age_high is not None and case.age > given.age_high))


def unusable(case: Case, tests: Iterable[str]) -> tuple[Missing, ...]:
    """Return recent unusable values with their reasons.

    Unknown units, texts and comparators make them unusable.
    """
    since = case.ago(SHEET.days("value_days", case.as_of))
    found = [
        Missing(test, reason, card=False)
        for test in tests
        for record in case.records(test)
        if record.status in REPORTED and not record.broken
        if (on := evidence_date(record, case.as_of)) is not None and on >= since
        if (reason := _why_unusable(record, test)) is not None
    ]
    return tuple(dict.fromkeys(found))


def _why_unusable(record: Record, test: str) -> str | None:
    found = number_or_reason(record, test)
    if isinstance(found, Decimal):
        return "value" if found < 0 else None
    return found


def number_or_reason(record: Record, test: str) -> Decimal | str | None:
    """Return the number, its fault, or None without a value."""
    quantity = record.value.quantity
    if quantity is None:
        return "value" if record.value.text else None
    number = converted(quantity, test)
    return "unit" if number is None else number
