"""Newest vital signs in the rules' units (LUNG-1).

Tests: tests/rules/test_vital.py, rules/lung/cases.yaml.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rules.case import Case
from rules.evidence.presence import OBSERVED, evidence_date
from rules.facts import Record
from rules.labs.value import SHEET, number_or_reason, unit_of
from rules.outcome import Finding, Measure, Missing

SPO2 = "spo2"


@dataclass(frozen=True, slots=True)
class Vital:
    """A usable vital sign."""

    sign: str
    value: Decimal
    on: date
    record: Record

    def as_finding(self) -> Finding:
        """Return it as a finding of its day."""
        measure = Measure(self.sign, self.value, unit_of(self.sign))
        return Finding(self.sign, (self.record,), newest=self.on, started=self.on, measure=measure)


def newest_vital(case: Case, sign: str) -> Vital | None:
    """Return the newest usable value of a sign, or None.

    Of one day the more alarming value counts.
    """
    low = sign in SHEET.words["low_is_alarming"]
    found = [
        Vital(sign, value, on, record)
        for on, record in _recent(case, sign)
        if isinstance(value := _value(case, record, sign), Decimal)
    ]
    return max(found, key=lambda v: (v.on, -v.value if low else v.value, v.record.reference), default=None)


def unusable_vitals(case: Case, signs: Iterable[str]) -> tuple[Missing, ...]:
    """Return recent unusable vital signs with their reasons."""
    reasons = [(sign, _value(case, record, sign)) for sign in signs for _, record in _recent(case, sign)]
    found = [Missing(sign, reason, card=False) for sign, reason in reasons if isinstance(reason, str)]
    return tuple(dict.fromkeys(found))


def _recent(case: Case, sign: str) -> Iterator[tuple[date, Record]]:
    since = case.ago(SHEET.days("vital_days", case.as_of))
    for record in case.records(sign):
        on = evidence_date(record, case.as_of)
        if record.status in OBSERVED and not record.broken and on is not None and on >= since:
            yield on, record


def _value(case: Case, record: Record, sign: str) -> Decimal | str | None:
    """Return the number, its fault, or None.

    An impossible number is a fault too.
    """
    found = number_or_reason(record, sign)
    if not isinstance(found, Decimal):
        return found
    least = f"{sign}_least"
    return "value" if found <= (SHEET.limit(least, case.as_of) if least in SHEET.limits else 0) else found
