"""Marks of cancer, treatment, explanations and work-up.

Tests: tests/evidence_view/test_timeline.py.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from cds_service.evidence_view.marks import Lane, Mark, Told, mark_of
from cds_service.evidence_view.phrases import Phrases
from rules.assess import Assessment
from rules.case import Case
from rules.codes import catalogue
from rules.facts import Kind, Record
from rules.gate.history import history_concepts
from rules.outcome import NotFired
from rules.workup.plan import ORDERED, VOID

VACCINATION = "vaccination"
LANES: Mapping[str, Lane] = {
    "history": Lane.CANCER,
    "treatment": Lane.TREATMENT,
    "alternative-explanation": Lane.EXPLANATION,
    "exclusion": Lane.EXPLANATION,
    "workup": Lane.WORKUP,
}
"""Lane by role of a code, without findings and measurements."""
Weighed = Mapping[str, tuple[str, ...]]
"""Sites by the name of a considered explanation."""


def background_marks(assessment: Assessment, case: Case, phrases: Phrases) -> Iterator[Mark]:
    """Yield the context marks, each record once in a lane."""
    weighed, answers = _weighed(assessment, phrases), _answers(assessment, phrases)
    beside = (phrases.said("why", "not_answer"),) if assessment.cards else ()
    for record in case.facts.records:
        for lane, concepts in _by_lane(record).items():
            if lane is Lane.CANCER:
                told = _of_cancer(record, assessment, phrases)
            elif lane is not Lane.WORKUP:
                told = _of_context(lane, concepts, weighed, phrases)
            elif record.kind in ORDERED:
                told = _of_workup(record, answers.get(id(record), beside), phrases)
            else:
                continue
            yield mark_of(record, concepts[0], told, assessment.as_of, phrases)
        if record.kind is Kind.IMMUNIZATION and VACCINATION in weighed:
            told = _of_context(Lane.EXPLANATION, (VACCINATION,), weighed, phrases)
            yield mark_of(record, VACCINATION, told, assessment.as_of, phrases)


def _by_lane(record: Record) -> dict[Lane, tuple[str, ...]]:
    found: dict[Lane, tuple[str, ...]] = {}
    for concept in sorted(record.concepts):
        lane = _lanes().get(concept)
        if lane is not None:
            found[lane] = (*found.get(lane, ()), concept)
    return found


@cache
def _lanes() -> dict[str, Lane]:
    """Return the lane of each concept."""
    qualifiers = catalogue().concepts_in("evidence")
    return {
        row.concept: LANES[row.role] for row in catalogue().rows if row.role in LANES and row.concept not in qualifiers
    }


def _of_cancer(record: Record, assessment: Assessment, phrases: Phrases) -> Told:
    history = assessment.history
    if record in history.records:
        return Told(Lane.CANCER, "history", (phrases.said("why", "history"),))
    if record in history.suspected_metastasis:
        return Told(Lane.CANCER, "suspected", (phrases.said("why", "suspected"),))
    if record.concepts.isdisjoint(history_concepts()):
        return Told(Lane.CANCER, "on-record")
    return Told(Lane.CANCER, "not-history", (phrases.said("why", "not-history"),))


def _of_context(lane: Lane, concepts: tuple[str, ...], weighed: Weighed, phrases: Phrases) -> Told:
    sites = tuple(dict.fromkeys(site for concept in concepts for site in weighed.get(concept, ())))
    if sites:
        return Told(lane, "considered", (phrases.said("why", "considered", sites=", ".join(sites)),))
    if lane is Lane.TREATMENT:
        return Told(lane, "treatment")
    return Told(lane, "on-record", (phrases.said("why", "on-record"),))


def _of_workup(record: Record, why: tuple[str, ...], phrases: Phrases) -> Told:
    if record.status in VOID:
        return Told(Lane.WORKUP, "void", (phrases.said("why", "void"),))
    fate = "ordered" if record.kind is Kind.SERVICE_REQUEST else "done"
    return Told(Lane.WORKUP, fate, why)


def _weighed(assessment: Assessment, phrases: Phrases) -> dict[str, tuple[str, ...]]:
    """Return the sites of each considered explanation."""
    found: dict[str, dict[str, None]] = {}
    for site in assessment.sites:
        outcomes = (result.outcome for result in site.results)
        names = [name for o in outcomes if isinstance(o, NotFired) for name in o.explained_by]
        for judged in site.judged:
            names += [*judged.lowered_by, *judged.trigger.explained_by]
        for name in names:
            found.setdefault(name, {})[phrases.words.heading(site.site.value)] = None
    return {name: tuple(sites) for name, sites in found.items()}


def _answers(assessment: Assessment, phrases: Phrases) -> dict[int, tuple[str, ...]]:
    """Return the orders that a record answers, by record."""
    found, words = dict[int, tuple[str, ...]](), phrases.words
    for site in assessment.sites:
        for done in site.done:
            text = phrases.said("why", "answers", order=words.order(done.key), site=words.heading(site.site.value))
            found[id(done.record)] = (*found.get(id(done.record), ()), text)
    return found
