"""Readers of care, such as procedures, medications and orders.

Tests: tests/fhir/test_facts.py, tests/fhir/test_medication.py.
"""

from collections.abc import Iterator
from typing import Any

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.elements.choices import dated, effective
from cds_service.fhir.elements.elements import (
    Json,
    Stated,
    contained,
    decode,
    items,
    known_codes,
    notes,
    obj,
    reference_to,
    text,
    when,
    words,
)
from cds_service.fhir.elements.releases import NOT_R4
from cds_service.fhir.elements.sides import side_of, side_within
from rules.facts import Code, Days, Gap, Kind, Record
from rules.sides import joined

MEDICATION_NOT_SENT = "medication-not-sent"
NO_PLACE: Json = {}
NO_ORDER = frozenset({"cancelled", "entered-in-error", "draft"})
"""Statuses of a request without any effect."""
NOT_ORDERED = {
    Kind.SERVICE_REQUEST: frozenset({"proposal", "plan", "option"}),
    Kind.MEDICATION_REQUEST: frozenset({"proposal", "option"}),
    Kind.CARE_PLAN: frozenset({"proposal", "option"}),
}
"""Intents that order nothing. A planned medication is one that the patient reports (ADR 0019)."""
NO_CARE = frozenset({"cancelled", "stopped", "completed", "entered-in-error"})
"""Statuses of a plan's activity that is not going on."""


def procedure(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield a procedure, with its state of completion."""
    period = obj(resource.get("performedPeriod"))
    done = dated(resource, "performed", pool.born, by_end=True)
    sites = tuple(word for item in items(resource.get("bodySite")) for word in words(item))
    known = known_codes(pool.vocabulary, resource.get("code"))
    side = side_within(candidate.raw, known[0], resource)
    yield from simple(candidate, resource, known, done, ongoing=goes_on(resource, period), sites=sites, side=side)


def goes_on(resource: Json, period: Json) -> bool:
    """Return True for care that has begun and goes on."""
    return text(resource.get("status")) == "in-progress" and "start" in period and "end" not in period


def simple(
    candidate: Candidate,
    resource: Json,
    known: tuple[tuple[Code, ...], frozenset[str]],
    on: Days | None,
    **more: Any,  # noqa: ANN401 - fields of Record, checked by Record
) -> Iterator[Record]:
    """Yield the record of a performed, ordered or planned resource."""
    codes, meant = known
    kind = Kind(candidate.type)
    if not codes and kind is not Kind.IMMUNIZATION:
        return
    status = text(resource.get("status"))
    if resource.get("doNotPerform") is True or text(resource.get("intent")) in NOT_ORDERED.get(kind, ()):
        status = "cancelled"
    reference = reference_to(candidate.type, candidate.id)
    yield Record(reference, kind, codes, meant, status=status, recorded=on, texts=notes(resource), **more)


def medication_request(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Stated]:
    """Yield a listed prescribed drug, or its missing Medication."""
    if "medication" in resource:
        yield Gap(Kind.MEDICATION_REQUEST.value, NOT_R4)
        return
    if _is_nameless(resource, pool):
        yield Gap(Kind.MEDICATION_REQUEST.value, MEDICATION_NOT_SENT)
        return
    known = known_codes(pool.vocabulary, *medication(resource, pool))
    yield from simple(candidate, resource, known, when(resource.get("authoredOn")))


def _is_nameless(resource: Json, pool: EvidenceCandidates) -> bool:
    """Return True for a valid request with a missing Medication."""
    if text(resource.get("status")) in NO_ORDER or resource.get("doNotPerform") is True:
        return False
    given = "medicationReference" in resource and "medicationCodeableConcept" not in resource
    return given and _medication(resource, pool) is None


def medication(resource: Json, pool: EvidenceCandidates) -> Iterator[object]:
    """Yield the codes of the medication.

    It is in the request, contained, or a resource of the chart.
    """
    yield resource.get("medicationCodeableConcept")
    found = _medication(resource, pool)
    if found is not None:
        yield found.get("code")


def _medication(resource: Json, pool: EvidenceCandidates) -> Json | None:
    """Return the referenced Medication, contained or of the chart, or None."""
    reference = text(obj(resource.get("medicationReference")).get("reference"))
    if reference is None:
        return None
    inside = contained(resource, "Medication").get(reference)
    raw = pool.medications.find(reference)
    return obj(decode(raw)) if inside is None and raw is not None else inside


def service_request(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield an order."""
    known = known_codes(pool.vocabulary, resource.get("code"))
    side = side_within(candidate.raw, known[0], resource)
    ordered = when(resource.get("authoredOn")) or dated(resource, "occurrence", pool.born)
    yield from simple(candidate, resource, known, ordered, side=side)


def diagnostic_report(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield a report."""
    known = known_codes(pool.vocabulary, resource.get("code"))
    side = side_within(candidate.raw, known[0], resource)
    yield from simple(candidate, resource, known, effective(resource), side=side)


def imaging_study(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield an imaging study."""
    done = items(resource.get("procedureCode"))
    known = known_codes(pool.vocabulary, *done)
    side = joined(side_of(known_codes(pool.vocabulary, each)[0], NO_PLACE, each) for each in done)
    side = side or side_of((), resource, sites=[_place(series) for series in items(resource.get("series"))])
    yield from simple(candidate, resource, known, when(resource.get("started")), side=side)


def _place(series: Json) -> Json:
    """Return body site and laterality of a series as one concept."""
    return {"coding": [*items(series.get("bodySite")), *items(series.get("laterality"))]}


def immunization(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield a vaccination of any kind."""
    yield from simple(candidate, resource, ((), frozenset()), dated(resource, "occurrence", pool.born))


def care_plan(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield a plan with a listed category or activity."""
    details = (obj(item.get("detail")) for item in items(resource.get("activity")))
    activities = (detail.get("code") for detail in details if _is_planned(detail))
    known = known_codes(pool.vocabulary, *items(resource.get("category")), *activities)
    if known[0]:
        period = obj(resource.get("period"))
        begun = when(period.get("start")) or when(period.get("end")) or when(resource.get("created"))
        yield from simple(candidate, resource, known, begun)


def _is_planned(detail: Json) -> bool:
    return text(detail.get("status")) not in NO_CARE and detail.get("doNotPerform") is not True
