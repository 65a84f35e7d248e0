"""One patient, one day: chart to facts, facts to assessment, assessment to cards; with a strict look at the evidence.

Must not fetch or speak HTTP. The same chart and day give the same cards.
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
    """What the rules say of a chart, before cards are made of it."""

    assessment: Assessment
    """By all rules: what is recorded."""
    shown: Assessment
    """Without the rules in shadow: what cards are made of."""
    facts: Facts
    seen: Seen
    flagged: frozenset[str]
    """Evidence that counts although it fails strict validation."""

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Return what its cards raise."""
        return _concerns(self.shown, self.seen)

    @property
    def recorded(self) -> tuple[Concern, ...]:
        """Return what its cards would raise if no rule were in shadow."""
        return _concerns(self.assessment, self.seen)

    @property
    def topics(self) -> frozenset[str]:
        """Return the topics of its cards."""
        return _topics(self.shown, self.seen)

    @property
    def shadowed(self) -> frozenset[str]:
        """Return the topics that have no card because their rules are in shadow."""
        return _topics(self.assessment, self.seen) - self.topics


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out for one patient."""

    assessment: Assessment
    cards: tuple[Card, ...]
    flagged: frozenset[str]
    """Evidence that counts although it fails strict validation."""
    facts: Facts
    """What it rests on: for a page that shows why."""


def evaluate(chart: Chart, as_of: date, form: Form = PER_SITE) -> Evaluation:
    """Return the assessment and the cards of a chart on a day; raise UnreadableChart when two could be in it."""
    return render_cards(assess_chart(chart, as_of), form)


def assess_chart(chart: Chart, as_of: date, shadow: frozenset[str] = frozenset()) -> ChartAssessment:
    """Return what the rules say, those in shadow apart; raise UnreadableChart when two patients could be in it."""
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
    """Return the cards of an appraisal but those that are withheld, beside the assessment by all rules."""
    cards = cards_of(appraisal.shown, appraisal.seen, form, withheld.topics)
    assessment = with_missing(appraisal.assessment, appraisal.seen.elsewhere)
    return Evaluation(assessment, cards, appraisal.flagged, appraisal.facts)


def _concerns(assessment: Assessment, seen: Seen) -> tuple[Concern, ...]:
    unseen = unchecked(assessment, seen)
    return (*map(site_concern, assessment.cards), *((unchecked_concern(unseen),) if unseen else ()))


def _topics(assessment: Assessment, seen: Seen) -> frozenset[str]:
    return frozenset(map(topic, assessment.cards)) | ({TOPIC} if unchecked(assessment, seen) else set())


@cache
def _rules_without(shadow: frozenset[str]) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.id not in shadow)


def _says_anything(assessment: Assessment, shadow: frozenset[str]) -> bool:
    """Return whether one of these rules fired or could not tell; else nothing changes without them."""
    results = (result for site in assessment.sites for result in site.results)
    return any(result.rule in shadow and not isinstance(result.outcome, NotFired) for result in results)


def with_missing(assessment: Assessment, gaps: tuple[Gap, ...]) -> Assessment:
    """Return the assessment with more that was not seen: for the trace, when all cards are made."""
    if not gaps:
        return assessment
    unseen = tuple(Missing(gap.source, gap.reason) for gap in gaps)
    return replace(assessment, missing=(*assessment.missing, *unseen))


def _assess(facts: Facts, chart: Chart, as_of: date) -> tuple[Assessment, frozenset[str], Facts]:
    """Return the assessment that rests on no resource with a doubled key, what strict validation flags, and the facts.

    Each round takes such resources out, so it ends; nearly always the first round is the last.
    """
    while True:
        assessment = assess(facts, as_of)
        checked = validate_evidence(basis(assessment), chart.pool.candidates)
        if not checked.duplicates:
            return assessment, checked.flagged, facts
        facts = without(facts, checked.duplicates)


def _check_patient(raw: Raw | None) -> None:
    """Raise UnreadableChart when the Patient holds a key twice: two readers could see two people, or one dead."""
    try:
        parse_once(b"{}" if raw is None else bytes(raw))
    except (DuplicateKey, NotJson) as error:
        raise UnreadableChart((PATIENT,)) from error


def basis(assessment: Assessment) -> frozenset[str]:
    """Return the references of every resource that an assessment rests on: history and evidence."""
    found = {record.reference for record in assessment.history.records}
    for site in assessment.sites:
        for judged in site.judged:
            found |= {record.reference for finding in judged.trigger.findings for record in finding.records}
    return frozenset(found)
