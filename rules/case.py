"""One patient on one day, as the rules ask about them.

Answers are cached because several rules ask for them.
Tests: tests/rules/test_case.py and every rule's cases.yaml.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import TypeVar

from rules.codes import catalogue
from rules.evidence.finding import ConceptEvaluation, ExclusionReason, Timeline, Where, evaluate_concept, survivors_of
from rules.evidence.presence import Presence, evidence_date, has_ended, in_future, presence, start_date
from rules.facts import Facts, Kind, Record, Side
from rules.gate.history import History, absent_breasts, is_stated, read_history, was_done
from rules.gate.state import DiseaseState, State, disease_state
from rules.outcome import NOT_FIRED, CannotTell, Finding, Fired, Missing, NotFired, Outcome, Trigger
from rules.sheet import RuleInfo, sheet

FINDINGS = frozenset({"Condition", "Observation"})
"""Sources that hold symptoms and findings."""
NOTHING_GIVEN: Mapping[str, bool] = MappingProxyType({})
T = TypeVar("T")


class Case:
    """Facts on a day with history and disease state."""

    def __init__(self, facts: Facts, as_of: date) -> None:
        """Read the history once and index the records by concept."""
        self.facts = facts
        self.as_of = as_of
        self._records: dict[str, list[Record]] = {}
        for record in facts.records:
            for concept in record.concepts:
                self._records.setdefault(concept, []).append(record)
        self._broken = tuple(record for record in facts.records if record.broken)
        unseen = any(gap.source in FINDINGS for gap in facts.gaps)
        self._may_hold_more = bool(facts.unreadable or self._broken or unseen)
        of_gate = catalogue().concepts_in("gate")
        self._gate = replace(facts, records=tuple(r for r in facts.records if not r.concepts.isdisjoint(of_gate)))
        self.history: History = read_history(self._gate, as_of)
        self.disease_state: DiseaseState = disease_state(self._gate, self.history, as_of)
        self._weighed: dict[tuple[str, bool], ConceptEvaluation] = {}
        self._answers: dict[object, object] = {}
        self.exclusions: dict[str, frozenset[ExclusionReason]] = {}

    def records(self, concept: str) -> tuple[Record, ...]:
        """Return the records of a concept in chart order."""
        return tuple(self._records.get(concept, ()))

    def find(self, concept: str, *, local: bool = False, where: Where | None = None) -> Finding | None:
        """Return the finding of a concept, or None.

        It is present, recent and after the cancer.
        """
        if concept not in self._records:
            return None
        key = (concept, local)
        if where is None and key in self._weighed:
            return self._weighed[key].finding
        timeline = Timeline(self.as_of, self.history.index_date, self.history.first_surgery, local)
        weighed = evaluate_concept(concept, self._records.get(concept, ()), timeline, where)
        if where is None:
            self._weighed[key] = weighed
        self.exclusions[concept] = self.exclusions.get(concept, frozenset()) | weighed.exclusions
        return weighed.finding

    def standing(self, concept: str) -> tuple[Record, ...]:
        """Return the present records of a concept that no later one cancels (EV-5)."""
        return survivors_of(self._records.get(concept, ()), self.as_of)

    def once(self, answer: Callable[["Case"], T]) -> T:
        """Return the cached answer of a function of this case."""
        if answer not in self._answers:
            self._answers[answer] = answer(self)
        return self._answers[answer]  # type: ignore[return-value]  # it was stored under its own function

    def find_any(self, *concepts: str, local: bool = False) -> tuple[Finding, ...]:
        """Return the findings of these concepts in their order."""
        found = (self.find(concept, local=local) for concept in concepts)
        return tuple(finding for finding in found if finding is not None)

    def ago(self, days: timedelta) -> date:
        """Return the day a number of days earlier."""
        return self.as_of - days

    def explained(self, *concepts: str) -> tuple[str, ...]:
        """Return the alternative explanations on record.

        Conditions and Observations are present, medication is active.
        """
        return tuple(concept for concept in concepts if self.standing_records(concept))

    def explanations(self, concepts: Iterable[str], given: Mapping[str, bool] = NOTHING_GIVEN) -> tuple[str, ...]:
        """Return the alternatives of a rule that hold.

        `given` decides about its own, the others hold if present or active.
        """
        return tuple(c for c in concepts if (given[c] if c in given else bool(self.standing_records(c))))

    def standing_records(self, concept: str) -> tuple[Record, ...]:
        """Return the present or active records of a concept."""
        return tuple(filter(self._stands, self._records.get(concept, ())))

    def _stands(self, record: Record) -> bool:
        when = start_date(record, self.as_of)
        if when is None and (record.recorded or record.onset):
            return False
        if record.kind is Kind.MEDICATION_REQUEST:
            return record.status == "active"
        if record.kind is Kind.PROCEDURE:
            return was_done(record)
        return presence(record, self.as_of) is Presence.PRESENT

    def dated(self, concept: str, first: date, last: date, where: Where | None = None) -> Record | None:
        """Return a stated record dated within [first, last].

        Only its date counts.
        """
        for record in self._records.get(concept, ()):
            if not self._is_held(record) or (where is not None and not where(record)):
                continue
            dates = (evidence_date(record, self.as_of), start_date(record, self.as_of))
            if any(when is not None and first <= when <= last for when in dates):
                return record
        return None

    def within(self, days: timedelta, *concepts: str) -> tuple[str, ...]:
        """Return concepts with a stated record within these days."""
        return tuple(c for c in concepts if self.dated(c, self.ago(days), self.as_of) is not None)

    def _is_held(self, record: Record) -> bool:
        if record.kind is Kind.MEDICATION_REQUEST:
            return record.status not in ("entered-in-error", "cancelled", "draft")
        return was_done(record)

    def radiotherapy_within(self, first: timedelta, last: timedelta) -> bool:
        """Return True for radiotherapy within these bounds before the day.

        Its history codes do not count.
        """
        past = sheet("gate").code_sets["past_radiotherapy"]
        found = self.dated(
            "tx_radiotherapy", self.ago(last), self.ago(first), lambda record: not past.any_of(record.codes)
        )
        return found is not None

    def surgery_within(self, days: timedelta) -> bool:
        """Return True for breast or axillary surgery within these days."""
        last = self.history.last_surgery
        return last is not None and last >= self.ago(days)

    @property
    def childbearing(self) -> tuple[str, ...]:
        """Lactation and pregnancy within the last 12 months."""
        return self.within(sheet("evidence").days("year_days", self.as_of), "alt_lactation_mastitis", "alt_pregnancy")

    @property
    def pregnant(self) -> bool:
        """True if the patient is pregnant now (WORKUP-3)."""
        return self.once(Case._is_pregnant)

    def _is_pregnant(self) -> bool:
        since = self.ago(sheet("evidence").days("pregnancy_days", self.as_of))
        signs = [*self.records("alt_pregnancy"), *filter(_says_pregnant, self.records("pregnancy_status"))]
        if not signs:
            return False
        ended = [record for record in signs if self._is_over(record)]
        dates = [self._said(record) for record in signs if record not in ended]
        over = [self._said(r) for c in ("alt_lactation_mastitis", "delivery") for r in self.records(c)]
        over += [self._said(record) for record in ended]
        newest = max((when for when in dates if when is not None and when >= since), default=None)
        return newest is not None and not any(when is not None and when > newest for when in over)

    def _is_over(self, record: Record) -> bool:
        """Return True for an ended pregnancy.

        A code of a visit counts by its date, ended or not.
        """
        lasting = sheet("gate").code_sets["pregnancy"].any_of(record.codes)
        return lasting and record.kind is Kind.CONDITION and has_ended(record, self.as_of)

    def _said(self, record: Record) -> date | None:
        return evidence_date(record, self.as_of) if is_stated(record) else None

    @property
    def breasts_absent(self) -> frozenset[Side]:
        """Sides without a breast."""
        return absent_breasts(self._gate, self.as_of)

    @property
    def had_mastectomy(self) -> bool:
        """True for a mastectomy or absent breast of any date."""
        records = (*self.records("tx_mastectomy"), *self.records("tx_absence_breast"))
        return any(was_done(record) and not in_future(record, self.as_of) for record in records)

    @property
    def age(self) -> int | None:
        """Age in years, by the first possible birthday, or None."""
        born = self.facts.person.born
        if born is None:
            return None
        had_birthday = (self.as_of.month, self.as_of.day) >= (born.first.month, born.first.day)
        return self.as_of.year - born.first.year - (0 if had_birthday else 1)

    @property
    def distant_in_scope(self) -> bool:
        """True if distant findings count as spread.

        After in situ disease alone they do not.
        """
        return not self.history.in_situ_only

    def gaps(self, concepts: Iterable[str]) -> tuple[Missing, ...]:
        """Return unseen sources and unread records of the concepts.

        Without them absence cannot be stated.
        """
        if not (self.facts.gaps or self.facts.unreadable or self._broken):
            return ()
        wanted = frozenset(concepts)
        sources = [Missing(gap.source, gap.reason) for gap in self.facts.gaps if gap.source in FINDINGS]
        unread = [Missing(r.reference, r.reason) for r in self.facts.unreadable if wanted & r.concepts]
        broken = [Missing(r.reference, r.broken) for r in self._broken if r.broken and wanted & r.concepts]
        return (*sources, *unread, *broken)

    def lacks(self, concepts: Iterable[str]) -> bool:
        """Return True if the concepts cannot be on record."""
        return not self._may_hold_more and self._records.keys().isdisjoint(concepts)

    def outcome(
        self,
        rule: RuleInfo,
        triggers: Iterable[Trigger | None],
        missing: Iterable[Missing] = (),
        explained_by: tuple[str, ...] = (),
    ) -> Outcome:
        """Return Fired with its triggers, else CannotTell or NotFired.

        CannotTell means that something the rule reads is missing.
        """
        fired, unused = tuple(trigger for trigger in triggers if trigger is not None), tuple(missing)
        if fired:
            return Fired(fired, unused)
        gaps = (*self.gaps(rule.triggers), *unused)
        if gaps:
            return CannotTell(gaps)
        return NotFired(explained_by) if explained_by else NOT_FIRED

    @property
    def under_treatment(self) -> bool:
        """True during active primary treatment."""
        return self.disease_state.state is State.ACTIVE_PRIMARY_TREATMENT

    @property
    def state(self) -> State:
        """The state of the disease."""
        return self.disease_state.state


def _says_pregnant(record: Record) -> bool:
    answers = sheet("gate").code_sets["pregnant_answers"]
    return record.value.boolean is True or answers.any_of(record.value.codes)
