"""The liver tests together: grades that depend on each other, Gilbert syndrome, repeats (LAB-1).

Must not decide a card level: LIVER-4 and LIVER-5 do.
Tests: tests/rules/test_labs.py, rules/liver/cases.yaml.
"""

from dataclasses import dataclass
from datetime import date

from rules.case import Case
from rules.labs.value import SHEET, Grade, LabValue, newest_value, values_of

ALP, GGT, BILIRUBIN = "lab_alp", "lab_ggt", "lab_bilirubin_total"


@dataclass(frozen=True, slots=True)
class LiverTests:
    """The newest value of each liver test that counts for the liver, with its grade."""

    graded: tuple[tuple[LabValue, Grade], ...]

    def at_least(self, grade: Grade) -> tuple[LabValue, ...]:
        """Return the values of at least a grade."""
        return tuple(value for value, own in self.graded if own >= grade)


def liver_tests(case: Case) -> LiverTests:
    """Return the liver tests of a case as the liver rules read them."""
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
    """Return the grade of a value beside the others: ALP sooner with a raised GGT."""
    if value.test == ALP and GGT in raised and value.ratio > SHEET.limit("alp_with_ggt", as_of):
        return max(value.grade, Grade.MODERATE)
    return value.grade


def _for_bone(values: dict[str, LabValue], raised: set[str]) -> bool:
    """Return whether a raised ALP stands alone beside a measured GGT: a question of bone (BONE-4)."""
    return raised == {ALP} and GGT in values and values[ALP].grade >= Grade.MODERATE


def _gilbert(case: Case, values: dict[str, LabValue], raised: set[str]) -> bool:
    """Return whether Gilbert syndrome accounts for a raised bilirubin and nothing else."""
    known = any(SHEET.code_sets["gilbert"].any_of(r.codes) for r in case.standing_records("alt_liver_disease"))
    return known and raised == {BILIRUBIN} and values[BILIRUBIN].ratio <= SHEET.limit("gilbert_bilirubin", case.as_of)


def is_repeated(case: Case, value: LabValue) -> bool:
    """Return whether a test was raised 14 to 180 days earlier too and has not come down since."""
    first, last = (
        value.on - SHEET.days("repeat_to_days", case.as_of),
        value.on - SHEET.days("repeat_from_days", case.as_of),
    )
    earlier = [v for v in values_of(case, value.test, first, last) if v.grade >= Grade.MILD]
    latest = max(earlier, key=lambda v: (v.on, v.ratio), default=None)
    return latest is not None and value.ratio >= latest.ratio
