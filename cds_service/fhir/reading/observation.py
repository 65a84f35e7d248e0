"""Reader of Observations, their components and contained members.

Tests: tests/fhir/test_facts.py, tests/fhir/test_observation.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.elements.elements import (
    EFFECTIVE,
    OBSERVATION,
    Json,
    Unreadable,
    contained,
    effective,
    interpretation,
    items,
    known_codes,
    notes,
    ranges,
    reference_to,
    refusal,
    text,
    value_of,
    words,
)
from rules.facts import NO_VALUE, Days, Kind, Record, Value

VOID = frozenset({"cancelled", "entered-in-error"})
"""Statuses that void a panel with its members."""
QUALIFIERS = ("value_", "severity_")
"""Beginnings of concepts that qualify a finding."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Common data of the parts of one Observation."""

    resource: Json
    reference: str
    status: str | None
    dated: Days | None
    broken: str | None


def observation(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield an Observation and its contained members.

    One about another subject yields no record.
    """
    if _about_another(resource, pool):
        return
    reference = reference_to(candidate.type, candidate.id)
    yield from _statements(resource, reference, pool)
    for member in _members(resource):
        pool.check_owner(member)
        if not _about_another(member, pool):
            yield from _statements(_within(resource, member), reference, pool)


def _members(panel: Json) -> Iterator[Json]:
    """Yield the contained members of a panel, nested ones too, once each.

    Members outside the panel are resources of the chart.
    """
    inside = contained(panel, Kind.OBSERVATION.value)
    waiting = [panel]
    while waiting and inside:
        for reference in items(waiting.pop().get("hasMember")):
            member = inside.pop(text(reference.get("reference")) or "", None)
            if member is not None:
                waiting.append(member)
                yield member


def _within(panel: Json, member: Json) -> Json:
    """Return a member with its panel's status and time if missing.

    A voided panel voids its members.
    """
    own = {name: panel[name] for name in EFFECTIVE if name in panel and member.keys().isdisjoint(EFFECTIVE)}
    status = text(panel.get("status"))
    return {"status": status, **own, **member, **({"status": status} if status in VOID else {})}


def _statements(resource: Json, reference: str, pool: EvidenceCandidates) -> Iterator[Record]:
    status = text(resource.get("status"))
    broken = refusal(resource) or (None if status in OBSERVATION else "status")
    try:
        dated = effective(resource)
    except Unreadable as error:
        broken, dated = str(error), None
    said = _Said(resource, reference, status, dated, broken)
    for holder in (resource, *items(resource.get("component"))):
        yield from _observed(holder, said, pool)


def _about_another(resource: Json, pool: EvidenceCandidates) -> bool:
    """Return True for a focus other than the patient."""
    if "focus" not in resource:
        return False
    focus = [text(item.get("reference")) for item in items(resource.get("focus"))]
    if any(reference is not None and pool.is_patient(reference) for reference in focus):
        return False
    if None in focus:
        raise Unreadable("no-subject")
    return bool(focus)


def _observed(holder: Json, said: _Said, pool: EvidenceCandidates) -> Iterator[Record]:
    known, broken = pool.vocabulary, said.broken
    codes, concepts = known_codes(known, holder.get("code"))
    value_codes, valued = known_codes(known, coded_value(holder))
    if not (concepts or valued):
        return
    value = NO_VALUE
    try:
        value = value_of(holder, known)
    except Unreadable as error:
        broken = broken or str(error)
    if not codes:
        codes, concepts, value = value_codes, valued, _stated(value)
    else:
        concepts |= qualifiers(valued)
    if not concepts:
        return
    yield Record(
        reference=said.reference,
        kind=Kind.OBSERVATION,
        codes=codes,
        concepts=concepts,
        status=said.status,
        recorded=said.dated,
        value=value,
        interpretation=interpretation(holder.get("interpretation")),
        texts=(*_written(value), *words(coded_value(holder)), *notes(said.resource)),
        sites=tuple(words(said.resource.get("bodySite"))),
        ranges=ranges(holder.get("referenceRange")),
        broken=broken,
    )


def coded_value(holder: Json) -> object:
    """Return the coded value of an Observation or a component."""
    return holder.get("valueCodeableConcept")


def concept_elements(resource: Json) -> Iterator[object]:
    """Yield every coded element of an Observation and its parts."""
    for each in (resource, *_members(resource)):
        for holder in (each, *items(each.get("component"))):
            yield holder.get("code")
            yield coded_value(holder)


def _stated(value: Value) -> Value:
    """Return the value of an Observation whose value is the finding."""
    return Value(codes=value.codes)


def qualifiers(concepts: frozenset[str]) -> frozenset[str]:
    """Return the concepts that qualify a finding."""
    return frozenset(concept for concept in concepts if concept.startswith(QUALIFIERS))


def _written(value: Value) -> Iterable[str]:
    return () if value.text is None else (value.text,)
