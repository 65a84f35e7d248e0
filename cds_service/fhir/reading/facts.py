"""Facts from the candidates of a chart.

An unreadable resource must become an UnreadableRecord.
Tests: tests/fhir/test_facts.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec import Raw

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.elements.dates import days, in_life, is_filler
from cds_service.fhir.elements.elements import (
    Json,
    Stated,
    Unreadable,
    decode,
    items,
    known_codes,
    known_findings,
    obj,
    reference_to,
    refusal,
    text,
)
from cds_service.fhir.elements.modifiers import is_modified, is_suspect, labelled
from cds_service.fhir.elements.releases import STU3
from cds_service.fhir.reading import care
from cds_service.fhir.reading.condition import condition
from cds_service.fhir.reading.encounter import encounter
from cds_service.fhir.reading.observation import concept_elements, observation, report
from cds_service.fhir.reading.plain_observation import read_plain_observation
from cds_service.fhir.reading.questionnaire_response import questionnaire_response
from rules.codes import catalogue
from rules.facts import Facts, Gap, Kind, Person, Record, UnreadableRecord
from rules.gate.history import deciding_concepts
from rules.regional.rule import explained_by_vaccination
from rules.weight.series import compared_heights, height_of


def read_facts(pool: EvidenceCandidates, gaps: tuple[Gap, ...] = (), partial: tuple[Gap, ...] = ()) -> Facts:
    """Return the facts of a chart in a fixed order.

    Without a code of breast cancer or hospice care only the person is read.
    """
    if not pool.may_concern(deciding_concepts()):
        return Facts(person=read_person(pool.patient), gaps=gaps, partial=partial)
    pool.settle()
    person = read_person(pool.patient)
    records: dict[tuple[Any, ...], list[Record]] = {}
    not_sent = {Gap(kind, STU3) for kind in pool.former}
    if (label := _patient_label(pool.patient)) is not None:
        not_sent.add(Gap("Patient", label))
    unreadable = [_unreadable(broken.type, broken.id, broken.reason) for broken in pool.broken]
    birth = person.born.first if person.born is not None else date.min
    for found in _stated(pool):
        if isinstance(found, UnreadableRecord):
            unreadable.append(found)
            continue
        if isinstance(found, Gap):
            not_sent.add(found)
            continue
        if (recorded := found.recorded) is not None and recorded.last < birth:
            found = replace(found, recorded=None)  # noqa: PLW2901 - a date before birth is none
        same = records.setdefault(_identity(found), [])
        if found not in same:
            same.append(found)
    return Facts(
        person=person,
        records=tuple(record for key in sorted(records) for record in _ordered(records[key])),
        unreadable=_merged(unreadable),
        gaps=(*gaps, *sorted(not_sent, key=lambda gap: (gap.source, gap.reason))),
        partial=partial,
    )


def _stated(pool: EvidenceCandidates) -> Iterator[Stated]:
    """Yield the records of the candidates.

    Of body heights only the newest usable days count.
    """
    heights, usable = [], 0
    for candidate in _that_matter(pool):
        if candidate.height_on is None:
            yield from read_candidate(candidate, pool)
        else:
            heights.append((candidate.height_on, candidate))
    heights.sort(key=itemgetter(0), reverse=True)
    for _, of_a_day in groupby(heights, itemgetter(0)):
        found = [each for _, candidate in of_a_day for each in read_candidate(candidate, pool)]
        yield from found
        usable += any(isinstance(each, Record) and pool.as_of and height_of(each, pool.as_of) for each in found)
        if pool.as_of and usable >= compared_heights(pool.as_of):
            return


def _that_matter(pool: EvidenceCandidates) -> Iterator[Candidate]:
    """Yield the relevant candidates.

    Vaccinations count beside nodes only.
    """
    nodes = pool.relevance.concepts & explained_by_vaccination()
    for candidate in pool.candidates:
        if nodes or candidate.type != Kind.IMMUNIZATION:
            yield candidate
    yield from pool.last_weights()


def _identity(record: Record) -> tuple[Any, ...]:
    """Return the sort key of a record.

    A repeated resource is one record, two components are two.
    """
    return (record.reference, tuple(sorted(record.concepts)), tuple(record.codes))


def _ordered(same: list[Record]) -> list[Record]:
    """Return the records of one name in a fixed order."""
    return sorted(same, key=repr) if len(same) > 1 else same


def _merged(found: list[UnreadableRecord]) -> tuple[UnreadableRecord, ...]:
    """Return unreadable resources in a fixed order.

    Resources without an id and with equal faults are one entry.
    """
    merged: dict[tuple[str, str, str], UnreadableRecord] = {}
    for record in found:
        key = (record.reference, record.kind, record.reason)
        known = merged.get(key)
        merged[key] = record if known is None else replace(record, concepts=record.concepts | known.concepts)
    return tuple(merged[key] for key in sorted(merged))


def _unreadable(kind: str, resource_id: str | None, reason: str) -> UnreadableRecord:
    """Return the entry of a resource with unknown concepts."""
    return UnreadableRecord(reference_to(kind, resource_id), kind, _everything(), reason)


def _everything() -> frozenset[str]:
    return frozenset(row.concept for row in catalogue().rows)


def read_person(raw: Raw | None) -> Person:
    """Return birth, sex and death of the Patient."""
    if raw is None:
        return Person()
    patient = obj(decode(raw))
    born = days(patient["birthDate"]) if isinstance(patient.get("birthDate"), str) else None
    written = text(patient.get("deceasedDateTime"))
    died = days(written) if written else None
    unread = died is not None and (is_filler(died) or in_life(died, born) is None)
    deceased = patient.get("deceasedBoolean") is True or (written is not None and died is None)
    return Person(
        born=born,
        sex=text(patient.get("gender")),
        deceased=deceased,
        died=None if unread else died,
        death_unread=unread,
    )


def _patient_label(raw: Raw | None) -> str | None:
    """Return what the labels of the Patient say is missing, or None."""
    return labelled(obj(decode(raw))) if raw is not None and is_suspect(raw) else None


def read_candidate(candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Stated]:
    """Yield records, a fault, or a missing reference of a resource."""
    raw = candidate.raw
    suspect = is_suspect(raw)
    if candidate.type == Kind.OBSERVATION and candidate.has_subject and not suspect:
        plain = read_plain_observation(raw, reference_to(candidate.type, candidate.id), pool.vocabulary)
        if plain is not None:
            yield plain
            return
    resource = obj(decode(raw))
    if not resource:
        yield _unreadable(candidate.type, candidate.id, "not-json")
        return
    reference, reason = reference_to(candidate.type, candidate.id), refusal(resource, has_subject=candidate.has_subject)
    label = None
    if suspect:
        reason, label = "modifier" if is_modified(resource) else reason, labelled(resource)
    try:
        found = list(_READERS[Kind(candidate.type)](resource, candidate, pool))
    except Unreadable as error:
        yield UnreadableRecord(reference, candidate.type, _concepts_of(resource, pool), reason or str(error))
        return
    if label is not None and candidate.type == Kind.CONDITION:
        found = [replace(each, broken=each.broken or label) if isinstance(each, Record) else each for each in found]
    else:
        reason = reason or label
    if reason is None:
        yield from found
        return
    yield from (each for each in found if isinstance(each, Gap))
    spoken_of = _spoken_of(found)
    if reason == STU3:
        spoken_of |= _former_reasons(resource, pool)
    if any(not isinstance(each, Gap) for each in found) or reason == STU3:
        yield UnreadableRecord(reference, candidate.type, spoken_of, reason)


def _concepts_of(resource: Json, pool: EvidenceCandidates) -> frozenset[str]:
    """Return the possible concepts of an unreadable resource."""
    _, concepts = known_codes(pool.vocabulary, *concept_elements(resource), *care.medication(resource, pool))
    return concepts


def _former_reasons(resource: Json, pool: EvidenceCandidates) -> frozenset[str]:
    """Return the findings in the reasons of an earlier release."""
    return known_findings(pool.vocabulary, *items(resource.get("reason")))[1]


def _spoken_of(found: Iterable[Stated]) -> frozenset[str]:
    return frozenset(concept for each in found if not isinstance(each, Gap) for concept in each.concepts)


_READERS: Mapping[Kind, Callable[[Json, Candidate, EvidenceCandidates], Iterator[Stated]]] = {
    Kind.CONDITION: condition,
    Kind.OBSERVATION: observation,
    Kind.PROCEDURE: care.procedure,
    Kind.MEDICATION_REQUEST: care.medication_request,
    Kind.SERVICE_REQUEST: care.service_request,
    Kind.DIAGNOSTIC_REPORT: report,
    Kind.IMAGING_STUDY: care.imaging_study,
    Kind.ENCOUNTER: encounter,
    Kind.IMMUNIZATION: care.immunization,
    Kind.CARE_PLAN: care.care_plan,
    Kind.QUESTIONNAIRE_RESPONSE: questionnaire_response,
}
