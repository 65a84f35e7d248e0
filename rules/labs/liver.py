"""Liver tests graded together, with Gilbert syndrome and repeats (LAB-1).

Tests: tests/rules/test_labs.py, rules/liver/cases.yaml.
"""

from dataclasses import dataclass
from datetime import date

from rules.case import Case
from rules.labs.value import SHEET, Grade, LabValue, newest_value, values_of

ALP, GGT, BILIRUBIN = "lab_alp", "lab_ggt", "lab_bilirubin_total"


@dataclass(frozen=True, slots=True)
class LiverTests:
    """Newest value of each liver test with its grade."""

    graded: tuple[tuple[LabValue, Grade], ...]

    def at_least(self, grade: Grade) -> tuple[LabValue, ...]:
        """Return the values of at least a grade."""
        return tuple(value for value, own in self.graded if own >= grade)


def liver_tests(case: Case) -> LiverTests:
    """Return the liver tests of a case."""
    found = (newest_value(case, test) for test in SHEET.words["liver"])
    values = {value.test: value for value in found if value is not None}
    raised = {test for test, value in values.items() if value.grade >= Grade.MILD}
    graded = {test: (value, _grade(value, raised, case.as_of)) for test, value in values.items()}
    if _gilbert(case, values, raised):
        graded.pop(BILIRUBIN)
    if _for_bone(values, raised):
        graded.pop(ALP)
    return LiverTests(tuple(graded.values()))


def _grade(value: LabValue, raised: set[str], as_of: date) -> Grade:
    """Return the grade of a value beside the others.

    ALP counts sooner with a raised GGT.
    """
    if value.test == ALP and GGT in raised and value.ratio > SHEET.limit("alp_with_ggt", as_of):
        return max(value.grade, Grade.MODERATE)
    return value.grade


def _for_bone(values: dict[str, LabValue], raised: set[str]) -> bool:
    """Return True for a raised ALP of bone (BONE-4).

    It is raised alone, and GGT was measured.
    """
    return raised == {ALP} and GGT in values and values[ALP].grade >= Grade.MODERATE


def _gilbert(case: Case, values: dict[str, LabValue], raised: set[str]) -> bool:
    """Return True if Gilbert syndrome explains a raised bilirubin."""
    known = any(SHEET.code_sets["gilbert"].any_of(r.codes) for r in case.standing_records("alt_liver_disease"))
    return known and raised == {BILIRUBIN} and values[BILIRUBIN].ratio <= SHEET.limit("gilbert_bilirubin", case.as_of)


def is_repeated(case: Case, value: LabValue) -> bool:
    """Return True for a test raised 14 to 180 days earlier too.

    It has stayed raised since.
    """
    first, last = (
        value.on - SHEET.days("repeat_to_days", case.as_of),
        value.on - SHEET.days("repeat_from_days", case.as_of),
    )
    earlier = [v for v in values_of(case, value.test, first, last) if v.grade >= Grade.MILD]
    latest = max(earlier, key=lambda v: (v.on, v.ratio), default=None)
    return latest is not None and value.ratio >= latest.ratio
