"""The resources of a chart sorted by relevance: whose they are, and which hold a code of the knowledge.

Must not read what a resource says: cds_service.fhir.read does. A record about somebody else stops everything.
Tests: tests/service/test_pool.py.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw

from cds_service.errors import WrongPatient
from cds_service.fhir.bundle import Entry
from rules.codes import ALIASES, Catalogue, catalogue
from rules.facts import Kind

TYPES = frozenset(kind.value for kind in Kind)
BY_TYPE = frozenset({Kind.ENCOUNTER.value, Kind.CARE_PLAN.value, Kind.IMAGING_STUDY.value, Kind.IMMUNIZATION.value})
"""Types whose codes stand in other elements than `code`: they are read whole."""


class _Reference(msgspec.Struct, gc=False):
    reference: str | None = None


class _Coding(msgspec.Struct, gc=False):
    system: str | None = None
    code: str | None = None


class _Concept(msgspec.Struct, gc=False):
    coding: list[_Coding] | None = None


class _Component(msgspec.Struct, gc=False):
    code: _Concept | None = None
    valueCodeableConcept: _Concept | None = None  # noqa: N815 - FHIR's own spelling


class _Glance(msgspec.Struct, gc=False):
    """What decides whether a resource concerns anybody: its type, whose it is, and its codes."""

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    id: str | None = None
    subject: _Reference | None = None
    patient: _Reference | None = None
    code: _Concept | None = None
    valueCodeableConcept: _Concept | None = None  # noqa: N815 - FHIR's own spelling
    medicationCodeableConcept: _Concept | None = None  # noqa: N815 - FHIR's own spelling
    medicationReference: _Reference | None = None  # noqa: N815 - FHIR's own spelling
    component: list[_Component] | None = None
    effectiveDateTime: str | None = None  # noqa: N815 - FHIR's own spelling


class _Frame(msgspec.Struct, gc=False):
    """The least of a resource: used when the glance can't be taken."""

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    id: str | None = None
    subject: Raw | None = None
    patient: Raw | None = None


_GLANCE = msgspec.json.Decoder(_Glance)
_FRAME = msgspec.json.Decoder(_Frame)
_REFERENCE = msgspec.json.Decoder(_Reference)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resource that may become evidence: still raw, its type and id known."""

    type: str
    id: str | None
    raw: Raw
    has_subject: bool = True


@dataclass(frozen=True, slots=True)
class Broken:
    """A resource of a type that matters whose frame can't be read; nobody knows what it speaks of."""

    type: str
    id: str | None
    reason: str


@dataclass(slots=True)
class Pool:
    """What a chart holds for a patient: candidates, broken resources, medications by id, and how many were seen."""

    patient_id: str
    base: str | None = None
    horizon: str = ""
    """Measurements dated before this day concern no rule (ISO date); empty: all are kept."""
    patient: Raw | None = None
    candidates: list[Candidate] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    medications: dict[str, Raw] = field(default_factory=dict)
    seen: int = 0
    urls: set[str] = field(default_factory=set)
    """Further names of the patient: fullUrls of a Bundle."""

    def add(self, entries: Iterable[Entry]) -> None:
        """Sort the resources of one page; raise WrongPatient when one is about somebody else."""
        relevant = _relevance(catalogue(), self.horizon)
        take, decode = self._take, _GLANCE.decode
        for entry in entries:
            self.seen += 1
            try:
                glance = decode(entry.raw)
            except (msgspec.DecodeError, RecursionError):
                self._without_glance(entry)
                continue
            take(glance, entry, relevant)

    def _take(self, glance: _Glance, entry: Entry, relevant: Callable[[_Glance], bool]) -> None:
        kind = glance.resourceType
        if kind == "Patient":
            self._take_patient(glance.id, entry)
            return
        owner = glance.subject or glance.patient
        reference = None if owner is None else owner.reference
        if reference is not None and reference != self._own and not self._is_patient(reference):
            raise WrongPatient
        if kind in TYPES:
            if kind in BY_TYPE or glance.medicationReference is not None or relevant(glance):
                self.candidates.append(Candidate(kind, glance.id, entry.raw, has_subject=reference is not None))
        elif kind == "Medication" and glance.id is not None:
            self.medications[glance.id] = entry.raw

    @property
    def _own(self) -> str:
        return f"Patient/{self.patient_id}"

    def _take_patient(self, patient_id: str | None, entry: Entry) -> None:
        if patient_id != self.patient_id:
            raise WrongPatient
        self.patient = entry.raw
        if entry.full_url:
            self.urls.add(entry.full_url)

    def _is_patient(self, reference: str) -> bool:
        """Return whether a reference that is not the plain one means the patient: absolute here, or versioned."""
        plain = reference.partition("/_history/")[0]
        known = {self._own, *self.urls}
        if self.base is not None:
            known.add(f"{self.base}/{self._own}")
        return plain in known

    def _without_glance(self, entry: Entry) -> None:
        """Keep a resource in mind whose codes can't be read; check whose it is all the same."""
        try:
            frame = _FRAME.decode(entry.raw)
        except (msgspec.DecodeError, RecursionError):
            self.broken.append(Broken("unknown", None, "not-fhir"))
            return
        if frame.resourceType not in TYPES and frame.resourceType is not None:
            return
        owner = _reference(frame.subject) or _reference(frame.patient)
        if owner is not None and not self._is_patient(owner):
            raise WrongPatient
        self.broken.append(Broken(frame.resourceType or "unknown", frame.id, "not-r4"))


def _reference(raw: Raw | None) -> str | None:
    if raw is None:
        return None
    try:
        return _REFERENCE.decode(raw).reference
    except msgspec.DecodeError:
        return None


def _relevance(codes: Catalogue, horizon: str) -> Callable[[_Glance], bool]:
    """Return the test whether a resource holds a code of the knowledge that is not too old to matter."""
    known = _Known(codes)

    def matters(concept: _Concept | None) -> bool | None:
        """Return True for a code that always matters, False for one that ages, None when no code is listed."""
        result = None
        if concept is not None and concept.coding:
            for coding in concept.coding:
                always = known[coding.system, coding.code]
                if always:
                    return True
                if always is False:
                    result = False
        return result

    def relevant(glance: _Glance) -> bool:
        verdicts = {
            matters(glance.code),
            matters(glance.valueCodeableConcept),
            matters(glance.medicationCodeableConcept),
        }
        for component in glance.component or ():
            verdicts |= {matters(component.code), matters(component.valueCodeableConcept)}
        if True in verdicts:
            return True
        dated = glance.effectiveDateTime
        return False in verdicts and not (dated is not None and dated[: len(horizon)] < horizon)

    return relevant


class _Known(dict[tuple[str | None, str | None], bool | None]):
    """Codings seen so far: True always matters, False only for a while, None is not listed."""

    def __init__(self, codes: Catalogue) -> None:
        super().__init__()
        self._codes = codes

    def __missing__(self, key: tuple[str | None, str | None]) -> bool | None:
        system, code = key
        found = self._codes.known(system, code) if system in ALIASES and system and code else None
        result = None if found is None else not self._codes.ages(found[1])
        self[key] = result
        return result
