"""A first glance at a resource: whose it is, and whether it holds a code of the knowledge that still matters.

Must not read what a resource says: cds_service.fhir.read does. This runs for every resource of a chart: keep it cheap.
Tests: tests/service/test_pool.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

import msgspec
from msgspec import Raw

from cds_service.fhir.dates import FIRST_YEAR
from rules.codes import ALIASES, catalogue
from rules.facts import Code, Kind
from rules.rule import sheet

T = TypeVar("T")
_ABSENT = Raw(b"")
ALWAYS = ""
"""From which day a code matters that matters however old its resource is: every ISO date is greater."""


class Lenient(Generic[T]):
    """Reads one element; what can't be read is None."""

    def __init__(self, kind: type[T]) -> None:
        """Read elements of a type."""
        self._decoder = msgspec.json.Decoder(kind)

    def read(self, raw: Raw) -> T | None:
        """Return what the element says, None when it is not there or can't be read."""
        try:
            return self._decoder.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return None


class Reference(msgspec.Struct, gc=False):
    """A FHIR Reference."""

    reference: str | None = None


class Coding(msgspec.Struct, gc=False):
    """A FHIR Coding without its display."""

    system: str | None = None
    code: str | None = None


class Concept(msgspec.Struct, gc=False):
    """A FHIR CodeableConcept without its text."""

    coding: list[Coding] | None = None


class Component(msgspec.Struct, gc=False):
    """A component of an Observation."""

    code: Concept | None = None
    valueCodeableConcept: Concept | None = None  # noqa: N815 - FHIR's own spelling


class Glance(msgspec.Struct, gc=False):
    """What decides whether a resource concerns anybody: its type, whose it is, and its codes."""

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    id: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    code: Concept | None = None
    valueCodeableConcept: Concept | None = None  # noqa: N815 - FHIR's own spelling
    medicationCodeableConcept: Concept | None = None  # noqa: N815 - FHIR's own spelling
    medicationReference: Reference | None = None  # noqa: N815 - FHIR's own spelling
    component: list[Component] | None = None
    effectiveDateTime: str | None = None  # noqa: N815 - FHIR's own spelling
    occurrenceDateTime: str | None = None  # noqa: N815 - FHIR's own spelling
    type: Raw = _ABSENT
    """An Encounter's types; other resources have other things under that name."""
    setting: Raw = msgspec.field(name="class", default=_ABSENT)


class _Detail(msgspec.Struct, gc=False):
    code: Concept | None = None


class _Activity(msgspec.Struct, gc=False):
    detail: _Detail | None = None


class _CarePlan(msgspec.Struct, gc=False):
    category: list[Concept] | None = None
    activity: list[_Activity] | None = None

    def concepts(self) -> Iterable[Concept]:
        yield from self.category or ()
        for activity in self.activity or ():
            if activity.detail is not None and activity.detail.code is not None:
                yield activity.detail.code


class _ImagingStudy(msgspec.Struct, gc=False):
    procedureCode: list[Concept] | None = None  # noqa: N815 - FHIR's own spelling

    def concepts(self) -> Iterable[Concept]:
        yield from self.procedureCode or ()


class Frame(msgspec.Struct, gc=False):
    """The least of a resource, its elements as they came: used when the glance can't be taken."""

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    id: Raw = _ABSENT
    subject: Raw = _ABSENT
    patient: Raw = _ABSENT

    @property
    def own_id(self) -> str | None:
        """The resource's id, when it can be read."""
        return _TEXT.read(self.id)

    @property
    def owner(self) -> str | None:
        """The reference to whom the resource is about, when it can be read."""
        for raw in (self.subject, self.patient):
            found = _REFERENCE.read(raw)
            if found is not None and found.reference is not None:
                return found.reference
        return None


GLANCE = msgspec.json.Decoder(Glance)
FRAME = Lenient(Frame)
_TEXT = Lenient(str)
_REFERENCE = Lenient(Reference)
_ELSEWHERE: Mapping[str, "msgspec.json.Decoder[_CarePlan | _ImagingStudy]"] = {
    Kind.CARE_PLAN.value: msgspec.json.Decoder(_CarePlan),
    Kind.IMAGING_STUDY.value: msgspec.json.Decoder(_ImagingStudy),
}
ENCOUNTER = Kind.ENCOUNTER.value
_TYPES = msgspec.json.Decoder(list[Concept])
_SETTING = msgspec.json.Decoder(Coding)
IMMUNIZATION = Kind.IMMUNIZATION.value
_DAY, _FIRST, _LAST_MONTH = len("2026-06-15"), str(FIRST_YEAR), "12"
VACCINE_REACH = "lab_reach_days"
"""No rule reads a vaccination that is older than a laboratory value may be."""


class Slice(Protocol):
    """An entry of a page with its raw JSON."""

    raw: Raw


class Slices(Protocol):
    """A page that can cut out its entries."""

    @property
    def slices(self) -> Sequence[Slice]:
        """Every entry."""
        ...


@lru_cache(maxsize=16384)
def listed(system: str, value: str) -> tuple[Code, tuple[str, ...]] | None:
    """Return what the catalogue says of a coding; codes come again and again, and say nothing of a person."""
    return catalogue().known(system, value)


class Relevance:
    """Answers for the resources of one chart whether they matter on a day, and remembers which concepts were met."""

    def __init__(self, as_of: date | None) -> None:
        """Start with nothing met; without a day nothing is too old."""
        self.concepts: set[str] = set()
        self._known = _Known(as_of, self.concepts)
        self._vaccine_since = _since(VACCINE_REACH, as_of)

    def matters(self, glance: Glance, page: Slices, index: int) -> bool:
        """Return whether a resource holds a code of the knowledge and is not too old to matter."""
        kind = glance.resourceType
        if kind is not None and kind in _ELSEWHERE:
            return self._elsewhere(kind, page.slices[index].raw)
        if kind == ENCOUNTER:
            return self._encounter(glance)
        if kind == IMMUNIZATION:
            return self._vaccine(glance)
        day = self._since(glance.code, None)
        if glance.valueCodeableConcept is not None:
            day = self._since(glance.valueCodeableConcept, day)
        if glance.medicationCodeableConcept is not None:
            day = self._since(glance.medicationCodeableConcept, day)
        if glance.component:
            for component in glance.component:
                day = self._since(component.valueCodeableConcept, self._since(component.code, day))
        if day is None:
            return glance.medicationReference is not None
        dated = glance.effectiveDateTime
        return dated is None or dated >= day or not _is_day(dated)

    def _since(self, concept: Concept | None, best: str | None) -> str | None:
        """Return the earliest day from which one of the codes matters; None when none is listed."""
        if concept is not None and concept.coding:
            known = self._known
            for coding in concept.coding:
                day = known[coding.system, coding.code]
                if day is not None and (best is None or day < best):
                    best = day
        return best

    def _elsewhere(self, kind: str, raw: Raw) -> bool:
        """Return the same for a resource whose codes stand in other elements than `code`; unreadable ones are kept."""
        try:
            found = _ELSEWHERE[kind].decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return True
        return any(self._since(concept, None) is not None for concept in found.concepts())

    def _encounter(self, glance: Glance) -> bool:
        """Return whether the class or a type of an Encounter is listed; one that can't be read is kept."""
        try:
            types = [] if glance.type is _ABSENT else _TYPES.decode(glance.type)
            setting = None if glance.setting is _ABSENT else _SETTING.decode(glance.setting)
        except (msgspec.DecodeError, RecursionError):
            return True
        concepts = [*types, Concept([setting])] if setting is not None else types
        return any(self._since(concept, None) is not None for concept in concepts)

    def _vaccine(self, glance: Glance) -> bool:
        given = glance.occurrenceDateTime
        return given is None or given >= self._vaccine_since or not _is_day(given)


class _Known(dict[tuple[str | None, str | None], str | None]):
    """Codings seen so far: from which day on each matters (ISO date), ALWAYS, or None when it is not listed."""

    def __init__(self, as_of: date | None, met: set[str]) -> None:
        super().__init__()
        self._met = met
        self._as_of = as_of

    def __missing__(self, key: tuple[str | None, str | None]) -> str | None:
        system, code = key
        found = listed(system, code) if system in ALIASES and system and code else None
        if found is None:
            self[key] = None
            return None
        self._met.update(found[1])
        self[key] = day = _since(catalogue().reach(found[1]), self._as_of)
        return day


def _is_day(written: str) -> bool:
    """Return whether a date can be compared letter by letter; a partial or odd one is left to the reader."""
    return len(written) >= _DAY and written >= _FIRST and written[4] == "-" and written[5:7] <= _LAST_MONTH


@lru_cache(maxsize=64)
def _since(limit: str | None, as_of: date | None) -> str:
    """Return the day before which a limit of rules/evidence/rule.toml leaves nothing to matter."""
    if limit is None or as_of is None:
        return ALWAYS
    return (as_of - sheet("evidence").days(limit, as_of)).isoformat()
