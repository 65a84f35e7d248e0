"""Signs of a compressed spinal cord (BONE-5).

Other sites must not count these signs again.
Tests: rules/bone/cases.yaml.
"""

from dataclasses import dataclass

from rules.case import Case
from rules.evidence.presence import evidence_date, start_date, was_said
from rules.facts import Record
from rules.outcome import Finding
from rules.sheet import CodeSet, sheet
from rules.words import names

SHEET = sheet("bone")
CODES = SHEET.code_sets
PAIN = ("spine_pain_thoracic", "spine_pain_other", "bone_pain", "radicular_pain")
WEAK = ("focal_weakness", "muscle_weakness_general")


@dataclass(frozen=True, slots=True)
class Cord:
    """Single signs and pairs of signs of the cord."""

    alone: tuple[Finding, ...]
    pairs: tuple[tuple[Finding, ...], ...]

    @property
    def suspected(self) -> bool:
        """True if a cord compression is suspected."""
        return bool(self.alone or self.pairs)


def cord(case: Case) -> Cord:
    """Return the signs of a compressed cord or cauda equina."""
    alone = (
        case.find("cord_compression"),
        case.find("cord_red_flag", where=lambda r: CODES["saddle"].any_of(r.codes)),
        _new(case, CODES["paraplegia"]),
    )
    pain = case.find_any(*PAIN)
    bladder, leg = _new(case, CODES["retention"]), _new(case, CODES["leg_sign"])
    flag = _new(case, None)
    weak = [case.find(concept, where=of_leg) for concept in WEAK]
    pairs = [(leg, bladder)] + [(sign, *pain) for sign in (flag, *weak) if pain]
    return Cord(
        tuple(finding for finding in alone if finding is not None),
        tuple(tuple(f for f in pair if f is not None) for pair in pairs if all(f is not None for f in pair)),
    )


def of_leg(record: Record) -> bool:
    """Return True for a weakness of the legs.

    Code, body site or text may say so.
    """
    return CODES["leg_weakness"].any_of(record.codes) or names((*record.sites, *record.texts), "leg")


def _new(case: Case, codes: CodeSet | None) -> Finding | None:
    """Return a new red flag of these codes within its window.

    None stands for any code. Earlier records of the flag exclude it.
    """
    since = case.ago(SHEET.days("red_flag_days", case.as_of))

    def new(record: Record) -> bool:
        began = start_date(record, case.as_of)
        if began is None or began < since or (codes is not None and not codes.any_of(record.codes)):
            return False
        return not any(
            set(other.codes) & set(record.codes)
            and was_said(other, case.as_of)
            and (said := evidence_date(other, case.as_of))
            and said < since
            for concept in ("cord_red_flag", "focal_weakness")
            for other in case.records(concept)
        )

    found = case.find("cord_red_flag", where=new)
    return found or (case.find("focal_weakness", where=new) if codes is CODES["leg_sign"] else None)
