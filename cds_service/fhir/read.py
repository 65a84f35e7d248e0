"""FHIR resources to the records of rules.facts: lenient in form, strict in what it claims to have read.

Must not judge: presence, windows and levels are the rules'. Whatever can't be read becomes an UnreadableRecord.
Tests: tests/service/test_read.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from msgspec import Raw

from cds_service.fhir import context
from cds_service.fhir.dates import days
from cds_service.fhir.elements import (
    OBSERVATION,
    Json,
    Unreadable,
    decode,
    effective,
    interpretation,
    items,
    known_codes,
    notes,
    obj,
    plain_code,
    ranges,
    reference_to,
    text,
    value_of,
    when,
    words,
)
from cds_service.fhir.measured import SYMPTOM_CODE, measured
from cds_service.fhir.pool import Candidate, Pool
from rules.codes import catalogue
from rules.facts import NO_VALUE, Days, Facts, Gap, Kind, Person, Record, UnreadableRecord, Value
from rules.gate.history import deciding_concepts

CLINICAL = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown"})
VERIFICATION = frozenset({"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"})


def read_facts(pool: Pool, gaps: tuple[Gap, ...] = (), partial: tuple[Gap, ...] = ()) -> Facts:
    """Return what the chart states, in an order that does not depend on the order it came in.

    Where no code of a breast cancer or of hospice care was met, nothing else could matter: only the person is read.
    """
    if not pool.may_concern(deciding_concepts()):
        return Facts(person=read_person(pool.patient), gaps=gaps, partial=partial)
    records: dict[tuple[Any, ...], list[Record]] = {}
    unreadable = [_unreadable(broken.type, broken.id, broken.reason) for broken in pool.broken]
    for candidate in pool.candidates:
        for found in read_candidate(candidate, pool):
            if isinstance(found, UnreadableRecord):
                unreadable.append(found)
                continue
            same = records.setdefault(_identity(found), [])
            if found not in same:
                same.append(found)
    return Facts(
        person=read_person(pool.patient),
        records=tuple(record for key in sorted(records) for record in _ordered(records[key])),
        unreadable=_merged(unreadable),
        gaps=gaps,
        partial=partial,
    )


def _identity(record: Record) -> tuple[Any, ...]:
    """Return what records are sorted by: a doubled resource is the same record, two components are two."""
    return (record.reference, tuple(sorted(record.concepts)), tuple(record.codes))


def _ordered(same: list[Record]) -> list[Record]:
    """Return records of one name that say different things (two components, two versions) in a fixed order."""
    return sorted(same, key=repr) if len(same) > 1 else same


def _merged(found: list[UnreadableRecord]) -> tuple[UnreadableRecord, ...]:
    """Return what can't be read in a fixed order; resources without an id that fail alike are one entry."""
    merged: dict[tuple[str, str, str], UnreadableRecord] = {}
    for record in found:
        key = (record.reference, record.kind, record.reason)
        known = merged.get(key)
        merged[key] = record if known is None else replace(record, concepts=record.concepts | known.concepts)
    return tuple(merged[key] for key in sorted(merged))


def _unreadable(kind: str, resource_id: str | None, reason: str) -> UnreadableRecord:
    """Return the entry for a resource of which nobody knows what it speaks of."""
    return UnreadableRecord(reference_to(kind, resource_id), kind, _everything(), reason)


def _everything() -> frozenset[str]:
    return frozenset(row.concept for row in catalogue().rows)


def read_person(raw: Raw | None) -> Person:
    """Return birth, sex and death of the Patient."""
    if raw is None:
        return Person()
    patient = obj(decode(raw))
    born = days(patient["birthDate"]) if isinstance(patient.get("birthDate"), str) else None
    deceased = patient.get("deceasedBoolean") is True or text(patient.get("deceasedDateTime")) is not None
    return Person(born=born, sex=text(patient.get("gender")), deceased=deceased)


def read_candidate(candidate: Candidate, pool: Pool) -> Iterator[Record | UnreadableRecord]:
    """Yield the records of one resource, or why it can't be used."""
    if candidate.type == Kind.OBSERVATION.value and candidate.has_subject:
        plain = measured(candidate.raw, reference_to(candidate.type, candidate.id))
        if plain is not None:
            yield plain
            return
    resource = obj(decode(candidate.raw))
    if not resource:
        yield _unreadable(candidate.type, candidate.id, "not-json")
        return
    reader = _READERS[Kind(candidate.type)]
    reason = _refusal(resource, candidate)
    try:
        found = list(reader(resource, candidate, pool))
    except Unreadable as error:
        reason, found = reason or str(error), []
        concepts = _concepts_of(resource, pool)
        yield UnreadableRecord(reference_to(candidate.type, candidate.id), candidate.type, concepts, reason)
        return
    if reason is None:
        yield from found
    elif found:
        concepts = frozenset(concept for record in found for concept in record.concepts)
        yield UnreadableRecord(reference_to(candidate.type, candidate.id), candidate.type, concepts, reason)


def _refusal(resource: Json, candidate: Candidate) -> str | None:
    """Return why a resource must not be used at all: a modifier nobody understands, or nobody's resource."""
    if resource.get("modifierExtension") or resource.get("implicitRules"):
        return "modifier"
    return None if candidate.has_subject else "no-subject"


def _concepts_of(resource: Json, pool: Pool) -> frozenset[str]:
    _, concepts = known_codes(*_concept_elements(resource, pool))
    return concepts


def _concept_elements(resource: Json, pool: Pool) -> tuple[object, ...]:
    components = [each for item in items(resource.get("component")) for each in (item.get("code"), _value(item))]
    return (resource.get("code"), _value(resource), *context.medication(resource, pool), *components)


def _value(holder: Json) -> object:
    return holder.get("valueCodeableConcept")


def _condition(resource: Json, candidate: Candidate, _pool: Pool) -> Iterator[Record]:
    codes, concepts = known_codes(resource.get("code"))
    severity, graded = known_codes(resource.get("severity"))
    if not codes:
        return
    broken = None
    dates: dict[str, Days | None] = {}
    for name, read in (("recorded", _recorded), ("onset", _onset), ("abatement", _abatement)):
        try:
            dates[name] = read(resource)
        except Unreadable as error:
            broken = str(error)
            dates[name] = None
    clinical, verification = plain_code(resource.get("clinicalStatus")), plain_code(resource.get("verificationStatus"))
    if _misstated(resource, "clinicalStatus", clinical, CLINICAL) or _misstated(
        resource, "verificationStatus", verification, VERIFICATION
    ):
        broken = "status"
        verification = verification or text(resource.get("verificationStatus"))
    yield Record(
        reference=reference_to(candidate.type, candidate.id),
        kind=Kind.CONDITION,
        codes=codes,
        concepts=concepts | graded,
        clinical_status=clinical,
        verification=verification,
        categories=frozenset(c for item in items(resource.get("category")) if (c := plain_code(item))),
        abated=any(name.startswith("abatement") for name in resource) and resource.get("abatementBoolean") is not False,
        severity=severity,
        texts=(*words(resource.get("severity")), *notes(resource)),
        sites=tuple(word for item in items(resource.get("bodySite")) for word in words(item)),
        broken=broken,
        recorded=dates["recorded"],
        onset=dates["onset"],
        abatement=dates["abatement"],
    )


def _misstated(resource: Json, name: str, code: str | None, allowed: frozenset[str]) -> bool:
    """Return whether a status is there and is none of FHIR R4's."""
    return name in resource and code not in allowed


def _recorded(resource: Json) -> Days | None:
    return when(resource.get("recordedDate"))


def _onset(resource: Json) -> Days | None:
    period = obj(resource.get("onsetPeriod"))
    return when(resource.get("onsetDateTime")) or when(period.get("start")) or when(period.get("end"))


def _abatement(resource: Json) -> Days | None:
    period = obj(resource.get("abatementPeriod"))
    return when(resource.get("abatementDateTime")) or when(period.get("end")) or when(period.get("start"))


def _observation(resource: Json, candidate: Candidate, pool: Pool) -> Iterator[Record]:
    if _about_another(resource, pool):
        return
    status = text(resource.get("status"))
    broken = None if status in OBSERVATION else "status"
    try:
        dated = effective(resource)
    except Unreadable as error:
        broken, dated = str(error), None
    holders = [resource, *items(resource.get("component"))]
    for holder in holders:
        yield from _observed(holder, resource, candidate, (status, dated, broken))


def _about_another(resource: Json, pool: Pool) -> bool:
    """Return whether the Observation's focus is something or somebody else than the patient."""
    if "focus" not in resource:
        return False
    focus = [text(item.get("reference")) for item in items(resource.get("focus"))]
    if any(reference is not None and pool.is_patient(reference) for reference in focus):
        return False
    if None in focus:
        raise Unreadable("no-subject")
    return bool(focus)


def _observed(
    holder: Json, resource: Json, candidate: Candidate, said: tuple[str | None, Days | None, str | None]
) -> Iterator[Record]:
    status, dated, broken = said
    codes, concepts = known_codes(holder.get("code"))
    value_codes, valued = known_codes(_value(holder)) if "valueCodeableConcept" in holder else ((), frozenset())
    if not (concepts or valued):
        return
    value = NO_VALUE
    try:
        value = value_of(holder)
    except Unreadable as error:
        broken = broken or str(error)
    if not codes or SYMPTOM_CODE in concepts:
        codes, concepts, value = value_codes, valued, _stated(value)
    else:
        concepts |= _qualifiers(valued)
    if not concepts:
        return
    yield Record(
        reference=reference_to(candidate.type, candidate.id),
        kind=Kind.OBSERVATION,
        codes=codes,
        concepts=concepts,
        status=status,
        recorded=dated,
        value=value,
        interpretation=interpretation(holder.get("interpretation")),
        texts=(*_written(value), *words(_value(holder)), *notes(resource)),
        sites=tuple(words(resource.get("bodySite"))),
        ranges=ranges(holder.get("referenceRange")),
        broken=broken,
    )


def _stated(value: Value) -> Value:
    """Return the value of an observation whose value is the finding itself: it is simply there."""
    return Value(codes=value.codes)


def _qualifiers(concepts: frozenset[str]) -> frozenset[str]:
    return frozenset(c for c in concepts if c.startswith(("value_", "severity_")))


def _written(value: Value) -> Iterable[str]:
    return () if value.text is None else (value.text,)


_READERS: Mapping[Kind, Callable[[Json, Candidate, Pool], Iterator[Record]]] = {
    Kind.CONDITION: _condition,
    Kind.OBSERVATION: _observation,
    Kind.PROCEDURE: context.procedure,
    Kind.MEDICATION_REQUEST: context.medication_request,
    Kind.SERVICE_REQUEST: context.service_request,
    Kind.DIAGNOSTIC_REPORT: context.diagnostic_report,
    Kind.IMAGING_STUDY: context.imaging_study,
    Kind.ENCOUNTER: context.encounter,
    Kind.IMMUNIZATION: context.immunization,
    Kind.CARE_PLAN: context.care_plan,
}
