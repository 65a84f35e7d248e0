"""Reader of Observations, their components and contained members.

Tests: tests/fhir/test_facts.py, tests/fhir/test_observation.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.elements.choices import effective
from cds_service.fhir.elements.elements import (
    EFFECTIVE,
    OBSERVATION,
    Json,
    Stated,
    Unreadable,
    contained,
    items,
    known_codes,
    notes,
    obj,
    reference_to,
    refusal,
    text,
    words,
)
from cds_service.fhir.elements.sides import is_side, may_say_a_side, side_of
from cds_service.fhir.elements.values import interpretation, ranges, value_of
from cds_service.fhir.reading.care import diagnostic_report
from cds_service.fhir.reading.observed_value import about_others, answer_of, has_relative, own_answer
from rules.codes import catalogue
from rules.evidence.answer import ABSENT, UNKNOWN, Answer, denied, qualifiers
from rules.facts import NO_VALUE, Code, Days, Kind, Record, Side, UnreadableRecord, Value
from rules.gate.history import history_concepts
from rules.sides import only, side_of_code

VOID = frozenset({"cancelled", "entered-in-error"})
"""Statuses that void a panel with its members."""
CONCLUSION = "conclusion"
"""Reason of a finding in the conclusion of a report."""
VALUE = "value"
"""Reason of a value that is not understood."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Common data of the parts of one Observation."""

    resource: Json
    reference: str
    status: str | None
    dated: Days | None
    broken: str | None
    worded: bool
    """True if anything but a code may say a side."""
    others: Answer | None = None
    """NO or UNKNOWN for an Observation about relatives, genes or a risk."""


def observation(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield an Observation and its contained members.

    One about another subject yields no record.
    """
    if _about_another(resource, pool):
        return
    reference, worded = reference_to(candidate.type, candidate.id), may_say_a_side(candidate.raw)
    yield from _statements(resource, reference, pool, worded=worded)
    others = _about_others(resource, pool)
    for member in _members(resource):
        pool.check_owner(member, resource)
        if not _about_another(member, pool):
            yield from _statements(_within(resource, member), reference, pool, worded=worded, within=others)


def report(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Stated]:
    """Yield a report, its contained Observations and its coded conclusion.

    A conclusion may be a diagnosis or a question, so it is only said.
    """
    yield from diagnostic_report(resource, candidate, pool)
    reference, worded = reference_to(candidate.type, candidate.id), may_say_a_side(candidate.raw)
    others = _about_others(resource, pool)
    for member in contained(resource, Kind.OBSERVATION.value).values():
        pool.check_owner(member, resource)
        if not _about_another(member, pool):
            yield from _statements(_within(resource, member), reference, pool, worded=worded, within=others)
    _, concluded = known_codes(pool.vocabulary, *items(resource.get("conclusionCode")))
    concluded &= catalogue().findings | history_concepts()
    if concluded and others is not Answer.NO and text(resource.get("status")) not in VOID:
        yield UnreadableRecord(reference, candidate.type, concluded, CONCLUSION)


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


def _statements(
    resource: Json, reference: str, pool: EvidenceCandidates, *, worded: bool, within: Answer | None = None
) -> Iterator[Record]:
    status = text(resource.get("status"))
    broken = refusal(resource) or (None if status in OBSERVATION else "status")
    try:
        dated = effective(resource)
    except Unreadable as error:
        broken, dated = str(error), None
    others = within or _about_others(resource, pool)
    said = _Said(resource, reference, status, dated, broken, worded, others)
    for holder in (resource, *items(resource.get("component"))):
        yield from _observed(holder, said, pool)


def _about_others(resource: Json, pool: EvidenceCandidates) -> Answer | None:
    if has_relative(resource):
        return Answer.NO
    return about_others(resource, is_listed=bool(known_codes(pool.vocabulary, resource.get("code"))[0]))


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
    if not (concepts or valued - qualifiers(valued)):
        return
    others = said.others or about_others(holder, is_listed=bool(codes))
    if others is Answer.NO:
        return
    value = NO_VALUE
    try:
        value = value_of(holder, known)
    except Unreadable as error:
        broken = broken or str(error)
    if codes:
        answer = answer_of(holder, value, valued)
        concepts |= qualifiers(valued)
    else:
        answer = own_answer(holder, valued)
        codes, concepts, value = value_codes, valued, _stated(value)
    if denials := denied(concepts):
        concepts, value, answer = concepts | denials, *_denial(value, answer)
    if not catalogue().placed.isdisjoint(concepts):
        concepts, is_unclear = _answered(concepts, others or answer)
        broken = broken or (VALUE if is_unclear else None)
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
        side=_side(holder, codes, concepts, said),
        ranges=ranges(holder.get("referenceRange")),
        broken=broken,
    )


def _denial(value: Value, answer: Answer | None) -> tuple[Value, Answer | None]:
    """Return value and answer of a code such as "No headache".

    A denial of the denial is no finding.
    """
    if answer in (None, Answer.YES):
        return (NO_VALUE if value.absent else Value(boolean=False)), (None if value.absent else Answer.NO)
    return NO_VALUE, Answer.UNKNOWN


def _answered(concepts: frozenset[str], answer: Answer | None) -> tuple[frozenset[str], bool]:
    """Return the concepts with the answer, and True if it is not understood.

    A cancer with an unclear value stays a cancer.
    """
    if answer is Answer.NO:
        return concepts | {ABSENT}, False
    if answer is Answer.UNKNOWN or (answer is Answer.UNCLEAR and concepts.isdisjoint(history_concepts())):
        return concepts | {UNKNOWN}, True
    return concepts, answer is Answer.UNCLEAR


def _side(holder: Json, codes: tuple[Code, ...], concepts: frozenset[str], said: _Said) -> Side | None:
    """Return the side of a finding, None for a measurement.

    The side may be the coded value, or that of another component.
    """
    if concepts.isdisjoint(catalogue().placed):
        return None
    if not said.worded:
        return only([side_of_code(*code) for code in codes])
    parts = (
        part for part in items(said.resource.get("component")) if part is not holder and is_side(coded_value(part))
    )
    places = [obj(coded_value(each)) for each in (holder, *parts)]
    return side_of(codes, {**said.resource, "valueString": holder.get("valueString")}, holder.get("code"), sites=places)


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


def _written(value: Value) -> Iterable[str]:
    return () if value.text is None else (value.text,)
