"""Vital signs: the newest of the last days, in the unit that the rules count in (LUNG-1).

Must not hold numbers: they stand in rule.toml.
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
    """A vital sign that can be used."""

    sign: str
    value: Decimal
    on: date
    record: Record

    def as_finding(self) -> Finding:
        """Return it as a finding of its day."""
        measure = Measure(self.sign, self.value, unit_of(self.sign))
        return Finding(self.sign, (self.record,), newest=self.on, started=self.on, measure=measure)


def newest_vital(case: Case, sign: str) -> Vital | None:
    """Return the newest usable value of a sign, of one day the more alarming; None when there is none."""
    low = sign in SHEET.words["low_is_alarming"]
    found = [
        Vital(sign, value, on, record)
        for on, record in _recent(case, sign)
        if isinstance(value := _value(case, record, sign), Decimal)
    ]
    return max(found, key=lambda v: (v.on, -v.value if low else v.value, v.record.reference), default=None)


def unusable_vitals(case: Case, signs: Iterable[str]) -> tuple[Missing, ...]:
    """Return which recent vital signs could not be used, each with its reason once."""
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
    """Return the same as number_or_reason; a number that no living person has is a reason too."""
    found = number_or_reason(record, sign)
    if not isinstance(found, Decimal):
        return found
    least = f"{sign}_least"
    return "value" if found <= (SHEET.limit(least, case.as_of) if least in SHEET.limits else 0) else found
