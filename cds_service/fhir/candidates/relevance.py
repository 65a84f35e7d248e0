"""Relevance of a resource, by listed code and age.

This runs for every resource of a chart and must be cheap.
Tests: tests/fhir/test_candidates.py.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

import msgspec
from msgspec import Raw

from cds_service.fhir.candidates.code_index import (
    CONCEPTS,
    MOST,
    NEWEST_ONLY,
    CodeIndex,
    ConceptCutoffs,
    Reasons,
    UnlistedEncounters,
    cutoff_day,
    earlier,
)
from cds_service.fhir.elements.dates import DAY_LENGTH, FIRST_YEAR
from cds_service.fhir.elements.vocabulary import Vocabulary
from cds_service.fhir.pages.page import Page
from cds_service.fhir.pages.summary import (
    ABSENT,
    CarePlan,
    Coded,
    Component,
    Concept,
    DiagnosticReport,
    Encounter,
    ImagingStudy,
    Immunization,
    MedicationRequest,
    Observation,
    QuestionnaireResponse,
    ResourceSummary,
    refuse_odd,
)
from rules.codes import WEIGHT


class _Contained(msgspec.Struct, gc=False):
    """Possible members contained in an Observation."""

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


_ELSEWHERE: Mapping[type[ResourceSummary], "msgspec.json.Decoder[_CarePlan | _ImagingStudy]"] = {
    CarePlan: msgspec.json.Decoder(_CarePlan),
    ImagingStudy: msgspec.json.Decoder(_ImagingStudy),
}
CODED: frozenset[type[ResourceSummary]] = frozenset(Coded.__subclasses__())
"""Types whose relevance depends on `code` and value only."""
_HOLDERS = (Observation, DiagnosticReport)
"""Types whose contained Observations are read."""
_INSIDE = msgspec.json.Decoder(list[_Contained])
_MONTH, _FIRST = len("2026-06-"), str(FIRST_YEAR)
_BEGIN = re.compile("[0-9]{4}-(?:0[1-9]|1[0-2])-")


class Relevance:
    """Relevance of the resources of one chart on a day.

    It collects the concepts.
    """

    def __init__(self, as_of: date | None, vocabulary: Vocabulary) -> None:
        """Start without concepts. Without a day no resource is too old."""
        self.concepts: set[str] = set()
        self._known = CodeIndex(as_of, vocabulary, self.concepts)
        self.days = ConceptCutoffs(self._known)
        """Cut-off of a CodeableConcept by its text, None if unlisted."""
        self._idle_visits = UnlistedEncounters(self._known)
        self._reasons = Reasons(vocabulary)
        self._weight_since = cutoff_day(WEIGHT, as_of)
        self._last_weights = ("", list[tuple[ResourceSummary, Page, int]]())

    def is_recent(self, glance: Coded, day: str, page: Page, index: int) -> bool:
        """Return True if a dated resource is within its cut-off.

        A weight of the last day before it is remembered.
        """
        dated = glance.effectiveDateTime
        if dated is None or dated >= day or not _is_day(dated):
            return True
        if day == self._weight_since:
            self._remember(dated[:DAY_LENGTH], (glance, page, index))
        return False

    def is_idle_visit(self, glance: Encounter) -> bool:
        """Return True for an unlisted Encounter without a reason."""
        for raw in (glance.reasonCode, glance.reasonReference, glance.reason, glance.code):
            if raw is not ABSENT:
                return False
        return self._idle_visits[b"" + glance.type, b"" + glance.setting]

    def matters(self, glance: ResourceSummary, page: Page, index: int) -> bool:
        """Return True for a listed code within its cut-off.

        Raises msgspec.DecodeError for a coded element in another form.
        """
        if isinstance(glance, Coded):
            return self._coded(glance, page, index)
        refuse_odd(glance)
        otherwise = self._otherwise.get(type(glance))
        return otherwise is not None and otherwise(self, glance, page, index)

    def _coded(self, glance: Coded, page: Page, index: int) -> bool:
        """Return relevance by code, value, components and contained resources."""
        day = self.days[b"" + glance.code]
        if isinstance(glance, DiagnosticReport):
            day = self._concluded(glance.valueCodeableConcept, day)
        elif glance.valueCodeableConcept is not ABSENT:
            day = earlier(day, self.days[b"" + glance.valueCodeableConcept])
        if glance.component:
            day = self._in_components(glance.component, day)
        if day is not None and self.is_recent(glance, day, page, index):
            return True
        return glance.contained is not ABSENT and isinstance(glance, _HOLDERS) and self._panel(glance.contained)

    def _concluded(self, conclusions: Raw, best: str | None) -> str | None:
        """Return the earliest cut-off of a report's conclusions."""
        for concept in CONCEPTS.decode(conclusions) if conclusions is not ABSENT else ():
            best = self._since(concept, best)
        return best

    def _since(self, concept: Concept | None, best: str | None) -> str | None:
        """Return the earliest cut-off of the codes, or None if unlisted."""
        return best if concept is None else earlier(best, self._known.since(concept))

    def _in_components(self, components: Iterable[Component], best: str | None) -> str | None:
        for component in components:
            best = self._since(component.valueCodeableConcept, self._since(component.code, best))
        return best

    def _panel(self, contained: Raw) -> bool:
        """Return True for a listed code in contained Observations.

        An unreadable one counts.
        """
        try:
            inside = _INSIDE.decode(contained)
        except (msgspec.DecodeError, RecursionError):
            return True
        days = (self._since(each.valueCodeableConcept, self._since(each.code, None)) for each in inside)
        parts = (self._in_components(each.component or (), None) for each in inside)
        return any(day is not None for day in (*days, *parts))

    def _elsewhere(self, glance: ResourceSummary, page: Page, index: int) -> bool:
        """Return relevance for types with codes outside `code`.

        An unreadable one counts.
        """
        try:
            found = _ELSEWHERE[type(glance)].decode(page.raw(index))
        except (msgspec.DecodeError, RecursionError):
            return True
        return any(self._since(concept, None) is not None for concept in found.concepts())

    def _encounter(self, glance: Encounter, _page: Page, _index: int) -> bool:
        """Return relevance of an Encounter by class, type and reason.

        References are resolved when all resources are read. Unreadable Encounters and reasons of another release count.
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

    def _prescription(self, glance: MedicationRequest, _page: Page, _index: int) -> bool:
        """Return relevance of a request by drug.

        A drug outside a code counts.
        """
        drug = glance.medicationCodeableConcept
        if drug is not ABSENT and self.days[b"" + drug] is not None:
            return True
        return glance.medicationReference is not None or glance.medication is not ABSENT

    def _response(self, _glance: ResourceSummary, _page: Page, _index: int) -> bool:
        """Return True, because the Questionnaire may come later."""
        return True

    def _vaccine(self, _glance: ResourceSummary, _page: Page, _index: int) -> bool:
        """Return True, because a node may come later."""
        return True

    def _remember(self, on: str, weight: tuple[ResourceSummary, Page, int]) -> None:
        """Remember the weights of the last day before the cut-off."""
        if on > self._last_weights[0]:
            self._last_weights = (on, [])
        if on == self._last_weights[0]:
            self._last_weights[1].append(weight)

    @property
    def last_weights(self) -> Sequence[tuple[ResourceSummary, Page, int]]:
        """Weights of the last day before the cut-off.

        They are the neighbours of the first weight within it.
        """
        return self._last_weights[1]

    _otherwise: ClassVar[Mapping[type[ResourceSummary], Callable[["Relevance", Any, Page, int], bool]]] = {
        CarePlan: _elsewhere,
        ImagingStudy: _elsewhere,
        Encounter: _encounter,
        Immunization: _vaccine,
        MedicationRequest: _prescription,
        QuestionnaireResponse: _response,
    }
    """Relevance functions of types with codes outside `code` and value."""


class _Months(dict[str, bool]):
    """Beginnings of dates up to the month's dash, by completeness.

    Other texts are not kept, because they may hold words of a record.
    """

    def __missing__(self, begin: str) -> bool:
        found = _BEGIN.fullmatch(begin) is not None and begin >= _FIRST
        if found and len(self) < MOST:
            self[begin] = True
        return found


_MONTHS = _Months()


def _is_day(dated: str) -> bool:
    """Return True for a full FHIR date, which sorts as text."""
    return _MONTHS[dated[:_MONTH]] and len(dated) >= DAY_LENGTH


def newest_on(glance: Coded, day: str) -> str | None:
    """Return the day of a body height, or None.

    Other resources and odd dates give None.
    """
    dated = glance.effectiveDateTime
    return dated[:DAY_LENGTH] if day == NEWEST_ONLY and dated is not None and _is_day(dated) else None
