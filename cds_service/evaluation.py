"""One patient, one day: chart to facts, facts to assessment, assessment to cards; with a strict look at the evidence.

Must not fetch or speak HTTP. The same chart and day give the same cards.
Tests: tests/service/test_evaluation.py.
"""

from dataclasses import dataclass, replace
from datetime import date

from msgspec import Raw

from cards.context import Seen
from cards.model import PER_SITE, Card, Form
from cards.recurrence import cards as cards_of
from cds_service.errors import DuplicateKey, NotJson, UnreadableChart
from cds_service.fhir.chart import Chart
from cds_service.fhir.person import PATIENT, elsewhere, is_former_release
from cds_service.fhir.read import read_facts
from cds_service.fhir.strict import check, without
from cds_service.strict_json import parse_once
from rules.assess import Assessment, assess
from rules.facts import Facts, Gap
from rules.outcome import Missing


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
    patient = chart.pool.patient
    if patient is not None and is_former_release(patient):
        raise UnreadableChart((PATIENT,))
    facts = read_facts(chart.pool, chart.gaps, chart.partial)
    if facts.records:
        _check_patient(patient)
    assessment, flagged, facts = _assess(facts, chart, as_of)
    others = elsewhere(patient)
    seen = Seen(gaps=facts.gaps, partial=facts.partial, elsewhere=others.gaps, live=others.is_live)
    cards = cards_of(assessment, seen, form)
    return Evaluation(with_missing(assessment, others.gaps), cards, flagged, facts)


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
        checked = check(basis(assessment), chart.pool.candidates)
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
