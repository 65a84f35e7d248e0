"""Reader of Encounters with listed kinds and reasons.

A reason must not prove a cancer or a treatment.
Tests: tests/fhir/test_encounter.py.
"""

from collections.abc import Iterator
from dataclasses import replace

from msgspec import Raw

from cds_service.errors import DuplicateKey, NotJson
from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.elements.elements import (
    Json,
    Stated,
    Unreadable,
    contained,
    decode,
    items,
    known_codes,
    known_findings,
    obj,
    reference_to,
    refusal,
    shared_by_all,
    text,
    when,
)
from cds_service.fhir.elements.sides import side_of
from cds_service.fhir.reading.care import goes_on, simple
from cds_service.fhir.reading.condition import condition
from cds_service.strict_json import parse_once
from rules.evidence.answer import qualifiers
from rules.evidence.presence import REASON
from rules.facts import Kind, Record, UnreadableRecord

NOWHERE: Json = {}
STATUSES = frozenset(
    ("planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown")
)
"""Statuses of an Encounter in FHIR R4."""


def encounter(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Stated]:
    """Yield a listed kind of visit, and its reasons."""
    yield from _reasons(resource, candidate, pool)
    try:
        yield from _kind(resource, candidate, pool)
    except Unreadable as error:
        reference = reference_to(candidate.type, candidate.id)
        yield UnreadableRecord(reference, candidate.type, frozenset(), str(error))


def _kind(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    period = obj(resource.get("period"))
    kinds = (*items(resource.get("type")), {"coding": [resource.get("class")]})
    known = known_codes(pool.vocabulary, *kinds)
    if known[0]:
        dated = when(period.get("end")) or when(period.get("start"))
        yield from simple(candidate, resource, known, dated, ongoing=goes_on(resource, period))


def _reasons(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield a record for each reason with a listed finding.

    It is dated at the beginning of the visit.
    """
    visit = _visit(resource, candidate)
    for reason in items(resource.get("reasonCode")):
        codes, concepts = known_findings(pool.vocabulary, reason)
        if concepts:
            yield replace(visit, codes=codes, concepts=concepts, side=side_of(codes, NOWHERE, reason))
    for reference in items(resource.get("reasonReference")):
        for found in _conditions(text(reference.get("reference")) or "", resource, candidate, pool):
            yield _of_visit(found, visit)


def _visit(resource: Json, candidate: Candidate) -> Record:
    """Return date, status and faults common to all reasons."""
    period = obj(resource.get("period"))
    shared = shared_by_all(Kind.ENCOUNTER, candidate.id, resource, STATUSES, period.get("start"), period.get("end"))
    return replace(shared, categories=frozenset({REASON}))


def _conditions(reference: str, resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield the Condition behind a reason, contained or of the chart."""
    inside = contained(resource, Kind.CONDITION.value).get(reference)
    if inside is not None:
        pool.check_owner(inside, resource)
        yield from _stated(inside, candidate, pool, refusal(inside))
    for other in pool.conditions(reference):
        found, refused = _read_once(other.raw)
        refused = refused or refusal(found, has_subject=other.has_subject)
        yield from _stated(found, candidate, pool, refused)


def _read_once(raw: Raw) -> tuple[Json, str | None]:
    """Return a Condition of the chart with its fault.

    It becomes evidence under the Encounter's name.
    """
    try:
        return parse_once(bytes(raw)), None
    except (DuplicateKey, NotJson) as error:
        return obj(decode(raw)), error.code


def _stated(found: Json, candidate: Candidate, pool: EvidenceCandidates, refused: str | None) -> Iterator[Record]:
    """Yield the findings of a Condition, without its recording day."""
    codes, concepts = known_findings(pool.vocabulary, found.get("code"))
    undated = {name: value for name, value in found.items() if name != "recordedDate"}
    for said in condition(undated, candidate, pool) if concepts else ():
        graded = concepts | qualifiers(said.concepts)
        side = side_of(codes, found, found.get("code"))
        yield replace(said, codes=codes, concepts=graded, broken=refused or said.broken, side=side)


def _of_visit(found: Record, visit: Record) -> Record:
    """Return a Condition as a reason, repeated on the day of the visit."""
    return replace(
        found,
        kind=visit.kind,
        status=visit.status,
        categories=visit.categories,
        recorded=visit.recorded,
        broken=visit.broken or found.broken,
    )
