"""The marks around the findings: the cancer, its treatments, other explanations, work-up done and ordered.

Must not judge: it reads the assessment and the case.
Tests: tests/web/test_timeline.py.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from cards.words import heading, order
from cds_service.web.marks import Lane, Mark, Told, mark_of
from cds_service.web.phrases import said
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
"""The lane of a code's role; findings and measurements stand elsewhere."""


def background_marks(assessment: Assessment, case: Case) -> Iterator[Mark]:
    """Yield the marks of what is no finding, each record once in each lane."""
    weighed, answers = _weighed(assessment), _answers(assessment)
    beside = (said("why", "not_answer"),) if assessment.cards else ()
    for record in case.facts.records:
        for lane, concepts in _by_lane(record).items():
            if lane is Lane.WORKUP:
                if record.kind in ORDERED:
                    told = _of_workup(record, answers.get(id(record), beside))
                    yield mark_of(record, concepts[0], told, assessment.as_of)
            elif lane is Lane.CANCER:
                yield mark_of(record, concepts[0], _of_cancer(record, assessment), assessment.as_of)
            else:
                yield mark_of(record, concepts[0], _of_context(lane, concepts, weighed), assessment.as_of)
        if record.kind is Kind.IMMUNIZATION and VACCINATION in weighed:
            told = _of_context(Lane.EXPLANATION, (VACCINATION,), weighed)
            yield mark_of(record, VACCINATION, told, assessment.as_of)


def _by_lane(record: Record) -> dict[Lane, tuple[str, ...]]:
    found: dict[Lane, tuple[str, ...]] = {}
    for concept in sorted(record.concepts):
        lane = _lanes().get(concept)
        if lane is not None:
            found[lane] = (*found.get(lane, ()), concept)
    return found


@cache
def _lanes() -> dict[str, Lane]:
    """Return the lane of each concept that has one."""
    qualifiers = catalogue().concepts_in("evidence")
    return {
        row.concept: LANES[row.role] for row in catalogue().rows if row.role in LANES and row.concept not in qualifiers
    }


def _of_cancer(record: Record, assessment: Assessment) -> Told:
    history = assessment.history
    if record in history.records:
        return Told(Lane.CANCER, "history", (said("why", "history"),))
    if record in history.suspected_metastasis:
        return Told(Lane.CANCER, "suspected", (said("why", "suspected"),))
    if record.concepts.isdisjoint(history_concepts()):
        return Told(Lane.CANCER, "on-record")
    return Told(Lane.CANCER, "not-history", (said("why", "not-history"),))


def _of_context(lane: Lane, concepts: tuple[str, ...], weighed: Mapping[str, tuple[str, ...]]) -> Told:
    sites = tuple(dict.fromkeys(site for concept in concepts for site in weighed.get(concept, ())))
    if sites:
        return Told(lane, "considered", (said("why", "considered", sites=", ".join(sites)),))
    if lane is Lane.TREATMENT:
        return Told(lane, "treatment")
    return Told(lane, "on-record", (said("why", "on-record"),))


def _of_workup(record: Record, why: tuple[str, ...]) -> Told:
    if record.status in VOID:
        return Told(Lane.WORKUP, "void", (said("why", "void"),))
    fate = "ordered" if record.kind is Kind.SERVICE_REQUEST else "done"
    return Told(Lane.WORKUP, fate, why)


def _weighed(assessment: Assessment) -> dict[str, tuple[str, ...]]:
    """Return by the name of an explanation the sites whose findings it was weighed against."""
    found: dict[str, dict[str, None]] = {}
    for site in assessment.sites:
        outcomes = (result.outcome for result in site.results)
        names = [name for o in outcomes if isinstance(o, NotFired) for name in o.explained_by]
        for judged in site.judged:
            names += [*judged.lowered_by, *judged.trigger.explained_by]
        for name in names:
            found.setdefault(name, {})[heading(site.site.value)] = None
    return {name: tuple(sites) for name, sites in found.items()}


def _answers(assessment: Assessment) -> dict[int, tuple[str, ...]]:
    """Return by the identity of a record which orders of which sites it answers."""
    found: dict[int, tuple[str, ...]] = {}
    for site in assessment.sites:
        for done in site.done:
            text = said("why", "answers", order=order(done.key), site=heading(site.site.value))
            found[id(done.record)] = (*found.get(id(done.record), ()), text)
    return found
