"""Whether a resource may matter: it holds a code of the knowledge, and is not too old for any rule.

Must not read what a resource says: cds_service.fhir.read does. This runs for every resource of a chart: keep it cheap.
Tests: tests/service/test_pool.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar

import msgspec
from msgspec import Raw

from cds_service.fhir.bundle import Page
from cds_service.fhir.codings import CONCEPTS, Days, IdleVisits, Known, Reasons, earlier, since_day
from cds_service.fhir.dates import FIRST_YEAR
from cds_service.fhir.glance import ABSENT, Component, Concept, Glance, refuse_odd
from cds_service.fhir.vocabulary import Vocabulary
from rules.codes import WEIGHT
from rules.facts import Kind


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
ENCOUNTER = Kind.ENCOUNTER.value
_BY_CODE: frozenset[str | None] = frozenset(
    kind.value
    for kind in (Kind.OBSERVATION, Kind.CONDITION, Kind.PROCEDURE, Kind.DIAGNOSTIC_REPORT, Kind.SERVICE_REQUEST)
)
"""Types of which nothing but the codes of `code` and of the value decides."""
_INSIDE = msgspec.json.Decoder(list[_Contained])
_DAY, _FIRST, _LAST_MONTH = len("2026-06-15"), str(FIRST_YEAR), "12"


class Relevance:
    """Answers for the resources of one chart whether they matter on a day, and remembers which concepts were met."""

    def __init__(self, as_of: date | None, vocabulary: Vocabulary) -> None:
        """Start with nothing met; without a day nothing is too old."""
        self.concepts: set[str] = set()
        self._known = Known(as_of, vocabulary, self.concepts)
        self._days = Days(self._known)
        self._idle_visits = IdleVisits(self._known)
        self._reasons = Reasons(vocabulary)
        self._weight_since = since_day(WEIGHT, as_of)
        self._last_weights = ("", list[tuple[Glance, Page, int]]())

    def plainly(self, glance: Glance) -> bool | None:
        """Return whether a resource matters where that is plain to see; None leaves it to `matters`.

        It is asked of every resource of a chart. Not plain is what may hold codes elsewhere than in its own element,
        what has an element of another form than FHIR's, and a weight that may be the last before those that matter.
        """
        if glance.resourceType in _BY_CODE:
            if (
                glance.valueCodeableConcept is not ABSENT
                or glance.component
                or glance.contained is not ABSENT
                or glance.medicationCodeableConcept is not ABSENT
            ):
                return None
            day, dated = self._days[b"" + glance.code], glance.effectiveDateTime
            if day is None or dated is None or dated >= day or not _is_day(dated):
                return day is not None
            return None if day == self._weight_since and dated[:_DAY] >= self._last_weights[0] else False
        return False if glance.resourceType == ENCOUNTER and self._is_idle_visit(glance) else None

    def _is_idle_visit(self, glance: Glance) -> bool:
        """Return whether an Encounter is of no listed kind and gives no reason."""
        for raw in (glance.reasonCode, glance.reasonReference, glance.reason, glance.code, glance.valueCodeableConcept):
            if raw is not ABSENT:
                return False
        if glance.medicationCodeableConcept is not ABSENT:
            return False
        return self._idle_visits[b"" + glance.type, b"" + glance.setting]

    def matters(self, glance: Glance, page: Page, index: int) -> bool:
        """Return whether a resource holds a code of the knowledge and is not too old to matter.

        Raises msgspec.DecodeError where an element that holds a code has another form.
        """
        otherwise = self._otherwise.get(glance.resourceType)
        if otherwise is not None:
            refuse_odd(glance)
            return otherwise(self, glance, page, index)
        if glance.medicationCodeableConcept is not ABSENT:
            refuse_odd(glance)
        day = None if glance.code is ABSENT else self._days[b"" + glance.code]
        if glance.valueCodeableConcept is not ABSENT:
            day = earlier(day, self._days[b"" + glance.valueCodeableConcept])
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
        return best if concept is None else earlier(best, self._known.since(concept))

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
            found = _ELSEWHERE[glance.resourceType or ""].decode(page.raw(index))
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
        if not self._idle_visits[b"" + glance.type, b"" + glance.setting]:
            return True
        try:
            reasons = () if glance.reasonCode is ABSENT else CONCEPTS.decode(glance.reasonCode)
        except (msgspec.DecodeError, RecursionError):
            return True
        return glance.reasonReference is not ABSENT or any(map(self._is_finding, reasons))

    def _is_finding(self, concept: Concept) -> bool:
        return any(self._reasons[coding.system, coding.code] for coding in concept.coding or ())

    def _prescription(self, glance: Glance, _page: Page, _index: int) -> bool:
        """Return whether the drug of a request is listed, or stands elsewhere than in a code."""
        drug = glance.medicationCodeableConcept
        if drug is not ABSENT and self._days[b"" + drug] is not None:
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


def _is_day(written: str) -> bool:
    """Return whether a date can be compared letter by letter; a partial or odd one is left to the reader."""
    return len(written) >= _DAY and written >= _FIRST and written[4] == "-" and written[5:7] <= _LAST_MONTH
