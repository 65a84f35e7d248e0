"""Signs of the nervous system that the brain rules combine.

Tests: rules/brain/cases.yaml.
"""

from datetime import date

from rules.bone.cord import cord, of_leg
from rules.case import Case
from rules.evidence.presence import evidence_date, start_date, was_said
from rules.facts import Record
from rules.gate.history import is_stated
from rules.outcome import Finding
from rules.sheet import sheet

STROKE, BELLS_PALSY = "alt_stroke_sequela", "alt_bells_palsy"


class Signs:
    """Signs that combine with others, None if absent."""

    def __init__(self, case: Case) -> None:
        """Find the signs of a case."""
        codes = sheet("brain").code_sets

        cord_suspected = case.once(cord).suspected

        def counts_as_focal(record: Record) -> bool:
            return not _facial_palsy(case, record) and not (of_leg(record) and cord_suspected)

        self.headache = case.find("headache")
        self.sight = case.find("visual_impairment")
        self.weakness = case.find("muscle_weakness_general", where=lambda r: not (of_leg(r) and cord_suspected))
        self.focal = case.find("focal_weakness", where=counts_as_focal)
        self.speech = case.find("speech_disturbance")
        self.confusion = case.find("confusion", where=lambda r: not codes["drowsy"].any_of(r.codes))
        self.raised = case.find("raised_icp")
        self.seizure = case.find("seizure")
        self.ataxia = case.find("ataxia_gait")
        drowsy = case.find("confusion", where=lambda r: codes["drowsy"].any_of(r.codes))
        self.cognition = case.find("cognitive_change") or drowsy
        self.dizziness = case.find("dizziness")
        self.vomiting = case.find("vomiting")
        self.sensory = case.find("sensory_change")
        self._case = case
        self._codes = codes
        self._alternatives = sheet("brain").rule("BRAIN-4", case.as_of).alternatives

    @property
    def papilloedema(self) -> bool:
        """True if the optic discs are swollen."""
        return self.raised is not None and self._codes["papilloedema"].any_of(self.raised.codes)

    @property
    def raised_pressure(self) -> tuple[Finding, ...]:
        """Signs of raised pressure found by examination or imaging."""
        return _found(self.raised) if self.papilloedema else ()

    @property
    def acute(self) -> tuple[Finding, ...]:
        """Signs critical by themselves, except focal weakness."""
        return _found(self.speech, self.confusion, self.raised)

    @property
    def old_deficit(self) -> bool:
        """True if an old stroke explains the focal deficit.

        It is coded as a sequel, or the same deficit was recorded long before.
        """
        strokes = self._case.standing_records(STROKE) if STROKE in self._alternatives else ()
        if any(self._codes["stroke_sequela"].any_of(record.codes) for record in strokes):
            return True
        newest = (self.focal and self.focal.newest) or self._case.as_of
        until = newest - sheet("brain").days("old_deficit_days", self._case.as_of)
        as_of = self._case.as_of
        said = (record for record in self._case.records("focal_weakness") if was_said(record, as_of))
        earlier = (evidence_date(record, as_of) for record in said)
        return bool(strokes) and any(when is not None and when < until for when in earlier)

    @property
    def known_epilepsy(self) -> bool:
        """True for an epilepsy from before the cancer."""
        index = self._case.history.index_date
        epilepsy = [r for r in self._case.records("seizure") if self._codes["epilepsy"].any_of(r.codes)]
        starts = (start_date(record, self._case.as_of) for record in epilepsy if is_stated(record))
        return index is not None and any(when is not None and when < index for when in starts)

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Critical signs of BRAIN-4 and BRAIN-5."""
        focal = None if self.old_deficit else self.focal
        seizure = None if self.known_epilepsy else self.seizure
        return _found(focal, self.speech, self.confusion, self.raised, seizure)

    @property
    def pressure(self) -> tuple[Finding, ...]:
        """Signs that make a severe headache critical."""
        return _found(self.vomiting, self.sight, self.weakness, self.ataxia)

    @property
    def company(self) -> tuple[Finding, ...]:
        """Signs that make a headache a warning."""
        return _found(self.vomiting, self.dizziness, self.cognition, self.sight, self.weakness, self.ataxia)

    @property
    def any_other(self) -> bool:
        """True for any other finding of the brain."""
        return bool(self.company or self.alarms or _found(self.focal, self.seizure, self.sensory))

    @property
    def beside_ataxia(self) -> bool:
        """True for another sign beside an unsteady gait."""
        found = _found(
            self.headache, self.sight, self.weakness, self.vomiting, self.cognition, self.focal, self.seizure
        )
        return bool(found or self.alarms)


def _found(*findings: Finding | None) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding is not None)


def _facial_palsy(case: Case, record: Record) -> bool:
    """Return True for Bell's palsy close to a facial weakness."""
    if not sheet("brain").code_sets["facial_weakness"].any_of(record.codes):
        return False
    near = sheet("brain").days("bells_palsy_days", case.as_of)
    if BELLS_PALSY not in sheet("brain").rule("BRAIN-4", case.as_of).alternatives:
        return False
    said = evidence_date(record, case.as_of) or case.as_of
    return case.dated(BELLS_PALSY, max(said - near, date.min), said + near) is not None
