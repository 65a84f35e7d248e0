"""From a chart to its assessment and cards, with strict validation.

Equal chart and day must give equal cards.
Tests: tests/evaluation/test_evaluate.py.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from msgspec import Raw

from cards.context import Seen
from cards.fingerprint import Concern, site_concern, unchecked_concern
from cards.incomplete import TOPIC, unchecked
from cards.model import PER_SITE, Card, Form
from cards.recurrence import cards as cards_of
from cards.recurrence import topic
from cards.withheld import NOTHING, Withheld
from cds_service.errors import DuplicateKey, NotJson, UnreadableChart
from cds_service.fhir.candidates.patient_links import PATIENT, is_former_release, patient_links
from cds_service.fhir.chart.chart import Chart
from cds_service.fhir.chart.completeness import NOT_ENTIRE
from cds_service.fhir.reading.facts import read_facts
from cds_service.fhir.reading.validation import validate_evidence, without
from cds_service.strict_json import parse_once
from rules.assess import Assessment, assess
from rules.facts import Facts, Gap
from rules.outcome import Missing, NotFired
from rules.registry import RULES
from rules.rule import Rule


@dataclass(frozen=True, slots=True)
class ChartAssessment:
    """Assessment of a chart before its cards are rendered."""

    assessment: Assessment
    """Assessment by all rules, as recorded."""
    shown: Assessment
    """Assessment without rules in shadow, for cards."""
    facts: Facts
    seen: Seen
    flagged: frozenset[str]
    """Counted evidence that fails strict validation."""

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Return the concerns of its cards."""
        return _concerns(self.shown, self.seen)

    @property
    def recorded(self) -> tuple[Concern, ...]:
        """Return the concerns of all rules, shadow included."""
        return _concerns(self.assessment, self.seen)

    @property
    def topics(self) -> frozenset[str]:
        """Return the topics of its cards."""
        return _topics(self.shown, self.seen)

    @property
    def shadowed(self) -> frozenset[str]:
        """Return the topics without a card because of shadow."""
        return _topics(self.assessment, self.seen) - self.topics


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Assessment and cards of one patient."""

    assessment: Assessment
    cards: tuple[Card, ...]
    flagged: frozenset[str]
    """Counted evidence that fails strict validation."""
    facts: Facts
    """Facts behind the assessment, for the evidence view."""


def evaluate(chart: Chart, as_of: date, form: Form = PER_SITE) -> Evaluation:
    """Return assessment and cards of a chart on a day.

    Raises UnreadableChart if it may hold two patients.
    """
    return render_cards(assess_chart(chart, as_of), form)


def assess_chart(chart: Chart, as_of: date, shadow: frozenset[str] = frozenset()) -> ChartAssessment:
    """Return the assessment with and without rules in shadow.

    Raises UnreadableChart if the chart may hold two patients.
    """
    patient = chart.pool.patient
    if patient is not None and is_former_release(patient):
        raise UnreadableChart((PATIENT,))
    facts = read_facts(chart.pool, chart.gaps, chart.partial)
    if facts.records:
        _check_patient(patient)
    assessment, flagged, facts = _assess(facts, chart, as_of)
    others = patient_links(patient)
    seen = Seen(gaps=facts.gaps, partial=facts.partial, elsewhere=others.gaps, live=others.is_live)
    speaks = bool(shadow) and _says_anything(assessment, shadow)
    shown = assess(facts, as_of, _rules_without(shadow)) if speaks else assessment
    return ChartAssessment(assessment, shown, facts, seen, flagged)


def render_cards(appraisal: ChartAssessment, form: Form = PER_SITE, withheld: Withheld = NOTHING) -> Evaluation:
    """Return the cards of an assessment except withheld ones."""
    cards = cards_of(appraisal.shown, appraisal.seen, form, withheld.topics)
    seen = appraisal.seen
    assessment = with_missing(appraisal.assessment, (*seen.elsewhere, *_in_part(seen)))
    return Evaluation(assessment, cards, appraisal.flagged, appraisal.facts)


def _in_part(seen: Seen) -> tuple[Gap, ...]:
    """Return the sources that may not be entire."""
    return tuple(gap for gap in seen.partial if gap.reason == NOT_ENTIRE)


def _concerns(assessment: Assessment, seen: Seen) -> tuple[Concern, ...]:
    unseen = unchecked(assessment, seen)
    return (*map(site_concern, assessment.cards), *((unchecked_concern(unseen),) if unseen else ()))


def _topics(assessment: Assessment, seen: Seen) -> frozenset[str]:
    return frozenset(map(topic, assessment.cards)) | ({TOPIC} if unchecked(assessment, seen) else set())


@cache
def _rules_without(shadow: frozenset[str]) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.id not in shadow)


def _says_anything(assessment: Assessment, shadow: frozenset[str]) -> bool:
    """Return True if one of these rules fired or could not tell."""
    results = (result for site in assessment.sites for result in site.results)
    return any(result.rule in shadow and not isinstance(result.outcome, NotFired) for result in results)


def with_missing(assessment: Assessment, gaps: tuple[Gap, ...]) -> Assessment:
    """Return the assessment with further unread sources for the trace."""
    if not gaps:
        return assessment
    unseen = tuple(Missing(gap.source, gap.reason) for gap in gaps)
    return replace(assessment, missing=(*assessment.missing, *unseen))


def _assess(facts: Facts, chart: Chart, as_of: date) -> tuple[Assessment, frozenset[str], Facts]:
    """Return the assessment without resources of duplicate keys.

    Flagged evidence and facts follow. Each round removes such resources, so the loop ends; nearly always the first
    round is the last.
    """
    while True:
        assessment = assess(facts, as_of)
        checked = validate_evidence(basis(assessment), chart.pool.candidates)
        if not checked.duplicates:
            return assessment, checked.flagged, facts
        facts = without(facts, checked.duplicates)


def _check_patient(raw: Raw | None) -> None:
    """Raise UnreadableChart for a Patient with a duplicate key.

    Two readers could see two people, or one dead.
    """
    try:
        parse_once(b"{}" if raw is None else bytes(raw))
    except (DuplicateKey, NotJson) as error:
        raise UnreadableChart((PATIENT,)) from error


def basis(assessment: Assessment) -> frozenset[str]:
    """Return references of history and evidence behind an assessment."""
    found = {record.reference for record in assessment.history.records}
    for site in assessment.sites:
        for judged in site.judged:
            found |= {record.reference for finding in judged.trigger.findings for record in finding.records}
    return frozenset(found)
