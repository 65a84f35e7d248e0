"""Calcium, alkaline phosphatase and blood counts (BONE-4, BONE-6).

Tests: rules/bone/cases.yaml, tests/rules/test_labs.py.
"""

from dataclasses import dataclass
from decimal import Decimal

from rules.case import Case
from rules.labs.value import Grade, LabValue, newest_value, unusable
from rules.outcome import Finding, Measure, Missing
from rules.sheet import sheet

SHEET = sheet("bone")
CALCIUM, CORRECTED, ALBUMIN = "lab_calcium", "lab_calcium_corrected", "lab_albumin"
ALP, GGT = "lab_alp", "lab_ggt"
OTHER_LIVER = ("lab_alt", "lab_ast", "lab_bilirubin_total")
COUNTS = ("lab_hemoglobin", "lab_platelets", "lab_neutrophils")


@dataclass(frozen=True, slots=True)
class Calcium:
    """Newest calcium in mg/dL, corrected if albumin is known.

    Above its limit it is a finding.
    """

    value: Decimal | None = None
    finding: Finding | None = None
    unusable: tuple[Missing, ...] = ()


def calcium(case: Case) -> Calcium:
    """Return the newest calcium.

    The laboratory's own corrected value wins on the same day. A high flag puts it above its limit, as for every test
    (LAB-1), unless albumin disproves it.
    """
    total, corrected = newest_value(case, CALCIUM), newest_value(case, CORRECTED)
    missing = unusable(case, (CALCIUM, CORRECTED))
    chosen = corrected if corrected and not (total and total.on > corrected.on) else total
    if chosen is None:
        return Calcium(unusable=missing)
    albumin = None if chosen is corrected else newest_value(case, ALBUMIN)
    if albumin is not None and abs(albumin.on - chosen.on) > SHEET.days("albumin_days", case.as_of):
        albumin = None
    value = chosen.value
    if albumin is not None:
        value += SHEET.limit("albumin_factor", case.as_of) * (SHEET.limit("albumin_normal", case.as_of) - albumin.value)
    flagged = chosen.flagged_high and albumin is None
    if value <= chosen.upper and not flagged:
        return Calcium(value, unusable=missing)
    measure = Measure(
        CALCIUM,
        chosen.value,
        chosen.unit,
        limit=chosen.upper,
        limit_assumed=chosen.assumed,
        corrected=value if albumin is not None else None,
        uncorrected=albumin is None and chosen is not corrected,
    )
    finding = Finding(CALCIUM, (chosen.record,), newest=chosen.on, started=chosen.on, measure=measure)
    return Calcium(value, finding, missing)


def raised_alp(case: Case) -> LabValue | None:
    """Return a raised alkaline phosphatase of bone.

    GGT is normal and no other liver test is raised.
    """
    alp, ggt = newest_value(case, ALP), newest_value(case, GGT)
    if alp is None or alp.ratio <= SHEET.limit("alp", case.as_of) or ggt is None or ggt.grade > Grade.NORMAL:
        return None
    others = (newest_value(case, test) for test in OTHER_LIVER)
    return None if any(value is not None and value.grade > Grade.NORMAL for value in others) else alp


@dataclass(frozen=True, slots=True)
class LowCounts:
    """Low blood counts, two or more together, or platelets alone."""

    together: tuple[LabValue, ...]
    platelets: LabValue | None
    unusable: tuple[Missing, ...]


def low_counts(case: Case) -> LowCounts:
    """Return low haemoglobin, platelets and neutrophils."""
    found = [
        value for test in COUNTS if (value := newest_value(case, test)) and value.value < SHEET.limit(test, case.as_of)
    ]
    close = SHEET.days("counts_days", case.as_of)
    together = [v for v in found if any(o is not v and abs(o.on - v.on) <= close for o in found)]
    platelets = next((value for value in found if value.test == "lab_platelets"), None)
    return LowCounts(tuple(together), platelets, unusable(case, COUNTS))
