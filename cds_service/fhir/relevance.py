"""Whether a resource may matter: it holds a code of the knowledge, and is not too old for any rule.

Must not read what a resource says: cds_service.fhir.read does. This runs for every resource of a chart: keep it cheap.
Tests: tests/service/test_pool.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import ClassVar

import msgspec
from msgspec import Raw

from cds_service.fhir.bundle import Page
from cds_service.fhir.dates import FIRST_YEAR
from cds_service.fhir.glance import ABSENT, Coding, Component, Concept, Glance
from cds_service.fhir.vocabulary import Vocabulary
from rules.codes import WEIGHT, catalogue
from rules.facts import Kind
from rules.reach import reach

ALWAYS = ""
"""From which day a code matters that matters however old its resource is: every ISO date is greater."""


class _Contained(msgspec.Struct, gc=False):
    """What may be a member of an Observation that contains it."""

    code: Concept | None = None
    valueCodeableConcept: Concept | None = None  # noqa: N815 - FHIR's own spelling
    component: list[Component] | None = None


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


_ELSEWHERE: Mapping[str, "msgspec.json.Decoder[_CarePlan | _ImagingStudy]"] = {
    Kind.CARE_PLAN.value: msgspec.json.Decoder(_CarePlan),
    Kind.IMAGING_STUDY.value: msgspec.json.Decoder(_ImagingStudy),
}
OBSERVATION = Kind.OBSERVATION.value
_CONCEPTS = msgspec.json.Decoder(list[Concept])
_SETTING = msgspec.json.Decoder(Coding)
_INSIDE = msgspec.json.Decoder(list[_Contained])
_DAY, _FIRST, _LAST_MONTH = len("2026-06-15"), str(FIRST_YEAR), "12"


class Relevance:
    """Answers for the resources of one chart whether they matter on a day, and remembers which concepts were met."""

    def __init__(self, as_of: date | None, vocabulary: Vocabulary) -> None:
        """Start with nothing met; without a day nothing is too old."""
        self.concepts: set[str] = set()
        self._known = _Known(as_of, vocabulary, self.concepts)
        self._reasons = _Reasons(vocabulary)
        self._weight_since = _since(WEIGHT, as_of)
        self._last_weights = ("", list[tuple[Glance, Page, int]]())

    def matters(self, glance: Glance, page: Page, index: int) -> bool:
        """Return whether a resource holds a code of the knowledge and is not too old to matter."""
        otherwise = self._otherwise.get(glance.resourceType)
        if otherwise is not None:
            return otherwise(self, glance, page, index)
        day = self._since(glance.code, None)
        if glance.valueCodeableConcept is not None:
            day = self._since(glance.valueCodeableConcept, day)
        if glance.component:
            day = self._in_components(glance.component, day)
        if day is not None:
            dated = glance.effectiveDateTime
            if dated is None or dated >= day or not _is_day(dated):
                return True
            if day == self._weight_since:
                self._remember(dated[:_DAY], (glance, page, index))
        holds_members = glance.contained is not ABSENT and glance.resourceType == OBSERVATION
        return holds_members and self._panel(glance.contained)

    def _since(self, concept: Concept | None, best: str | None) -> str | None:
        """Return the earliest day from which one of the codes matters; None when none is listed."""
        if concept is not None and concept.coding:
            known = self._known
            for coding in concept.coding:
                day = known[coding.system, coding.code]
                if day is not None and (best is None or day < best):
                    best = day
        return best

    def _in_components(self, components: Iterable[Component], best: str | None) -> str | None:
        for component in components:
            best = self._since(component.valueCodeableConcept, self._since(component.code, best))
        return best

    def _panel(self, contained: Raw) -> bool:
        """Return whether an Observation contains anything with a listed code; what can't be read is kept."""
        try:
            inside = _INSIDE.decode(contained)
        except (msgspec.DecodeError, RecursionError):
            return True
        days = (self._since(each.valueCodeableConcept, self._since(each.code, None)) for each in inside)
        parts = (self._in_components(each.component or (), None) for each in inside)
        return any(day is not None for day in (*days, *parts))

    def _elsewhere(self, glance: Glance, page: Page, index: int) -> bool:
        """Return the same for a resource whose codes stand in other elements than `code`; unreadable ones are kept."""
        try:
            found = _ELSEWHERE[glance.resourceType or ""].decode(page.slices[index].raw)
        except (msgspec.DecodeError, RecursionError):
            return True
        return any(self._since(concept, None) is not None for concept in found.concepts())

    def _encounter(self, glance: Glance, _page: Page, _index: int) -> bool:
        """Return whether the class or a type of an Encounter is listed, or its reason a finding or a reference.

        Where a reference leads is seen when all resources are there. An Encounter that can't be read is kept, and so is
        one with a reason in the form of another release.
        """
        if glance.reason is not ABSENT:
            return True
        try:
            types = () if glance.type is ABSENT else _CONCEPTS.decode(glance.type)
            reasons = () if glance.reasonCode is ABSENT else _CONCEPTS.decode(glance.reasonCode)
            setting = None if glance.setting is ABSENT else _SETTING.decode(glance.setting)
        except (msgspec.DecodeError, RecursionError):
            return True
        if setting is not None and self._known[setting.system, setting.code] is not None:
            return True
        for concept in types:
            if self._since(concept, None) is not None:
                return True
        return glance.reasonReference is not ABSENT or any(map(self._is_finding, reasons))

    def _is_finding(self, concept: Concept) -> bool:
        return any(self._reasons[coding.system, coding.code] for coding in concept.coding or ())

    def _prescription(self, glance: Glance, _page: Page, _index: int) -> bool:
        """Return whether the drug of a request is listed, or stands elsewhere than in a code."""
        if self._since(glance.medicationCodeableConcept, None) is not None:
            return True
        return glance.medicationReference is not None or glance.medication is not ABSENT

    def _response(self, _glance: Glance, _page: Page, _index: int) -> bool:
        """Return that it is kept: what an answer speaks of may stand in a Questionnaire that is still to come."""
        return True

    def _vaccine(self, _glance: Glance, _page: Page, _index: int) -> bool:
        """Return that it is kept: whether a node stands beside it is seen when all resources are there."""
        return True

    def _remember(self, on: str, weight: tuple[Glance, Page, int]) -> None:
        """Remember the weights of the last day before those that matter."""
        if on > self._last_weights[0]:
            self._last_weights = (on, [])
        if on == self._last_weights[0]:
            self._last_weights[1].append(weight)

    @property
    def last_weights(self) -> Sequence[tuple[Glance, Page, int]]:
        """The weights of the last day before those that matter by themselves: the neighbours of the first of these."""
        return self._last_weights[1]

    _otherwise: ClassVar[Mapping[str | None, Callable[["Relevance", Glance, Page, int], bool]]] = {
        Kind.CARE_PLAN.value: _elsewhere,
        Kind.IMAGING_STUDY.value: _elsewhere,
        Kind.ENCOUNTER.value: _encounter,
        Kind.IMMUNIZATION.value: _vaccine,
        Kind.MEDICATION_REQUEST.value: _prescription,
        Kind.QUESTIONNAIRE_RESPONSE.value: _response,
    }
    """How resources are looked at whose codes stand elsewhere than in `code` or `value`."""


class _Known(dict[tuple[str | None, str | None], str | None]):
    """Codings seen so far: from which day on each matters (ISO date), ALWAYS, or None when it is not listed."""

    def __init__(self, as_of: date | None, vocabulary: Vocabulary, met: set[str]) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._met = met
        self._as_of = as_of

    def __missing__(self, key: tuple[str | None, str | None]) -> str | None:
        system, code = key
        found = self._vocabulary.listed(system, code) if system and code else None
        if found is None:
            self[key] = None
            return None
        self._met.update(found[1])
        self[key] = day = _since(catalogue().reach(found[1]), self._as_of)
        return day


class _Reasons(dict[tuple[str | None, str | None], bool]):
    """Codings of reasons seen so far: whether each is of a symptom or a finding.

    They count for nothing else, so that a visit for a cancer does not make a chart one of a patient who had it.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def __missing__(self, key: tuple[str | None, str | None]) -> bool:
        system, code = key
        found = self._vocabulary.listed(system, code) if system and code else None
        self[key] = finding = found is not None and not catalogue().findings.isdisjoint(found[1])
        return finding


def _is_day(written: str) -> bool:
    """Return whether a date can be compared letter by letter; a partial or odd one is left to the reader."""
    return len(written) >= _DAY and written >= _FIRST and written[4] == "-" and written[5:7] <= _LAST_MONTH


@lru_cache(maxsize=64)
def _since(kind: str | None, as_of: date | None) -> str:
    """Return the day before which a measurement of a kind does not matter."""
    return ALWAYS if kind is None or as_of is None else (as_of - reach(kind, as_of)).isoformat()
