"""Raised tumour marker as context of other cards (WORKUP-4).

It must not make a trigger or be suggested as work-up.
Tests: tests/rules/test_marker.py, rules/labs/cases.yaml.
"""

from datetime import date

from rules.case import Case
from rules.evidence.presence import evidence_date
from rules.facts import Record
from rules.labs.value import BELOW, REPORTED, SHEET
from rules.units import normalised

MARKER = "lab_tumor_marker"


def raised_marker(case: Case) -> Record | None:
    """Return the newest marker that its report calls high.

    A newer normal one of its kind excludes it.
    """
    since = case.ago(SHEET.days("value_days", case.as_of))
    index = case.history.index_date
    newest: dict[frozenset[object], tuple[date, bool, Record]] = {}
    for record in case.records(MARKER):
        on = evidence_date(record, case.as_of)
        if on is None or record.status not in REPORTED or record.broken or on < (max(since, index) if index else since):
            continue
        seen = (on, _is_high(record), record)
        kind = frozenset[object](record.codes)
        newest[kind] = max(newest.get(kind, seen), seen, key=lambda item: item[:2])
    raised = [(on, record.reference, record) for on, high, record in newest.values() if high]
    return max(raised, key=lambda item: item[:2])[2] if raised else None


def _is_high(record: Record) -> bool:
    """Return True for a marker flagged or measured as high."""
    if record.interpretation & set(SHEET.words["high"]):
        return True
    quantity = record.value.quantity
    if quantity is None or quantity.comparator in BELOW:
        return False
    limits = (given.high for given in record.ranges if given.high is not None and given.type in (None, "normal"))
    unit = normalised(quantity.unit or "")
    return any((high.unit is None or normalised(high.unit) == unit) and quantity.value > high.value for high in limits)
