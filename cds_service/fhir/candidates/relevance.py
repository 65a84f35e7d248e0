"""Whether a resource may matter: it holds a code of the knowledge, and is not too old for any rule.

Must not read what a resource says: cds_service.fhir.reading.facts does. This runs for every resource of a chart:
keep it cheap.
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


_ELSEWHERE: Mapping[type[ResourceSummary], "msgspec.json.Decoder[_CarePlan | _ImagingStudy]"] = {
    CarePlan: msgspec.json.Decoder(_CarePlan),
    ImagingStudy: msgspec.json.Decoder(_ImagingStudy),
}
CODED: frozenset[type[ResourceSummary]] = frozenset(Coded.__subclasses__())
"""Forms of the types of which nothing but the codes of `code` and of the value decides."""
_INSIDE = msgspec.json.Decoder(list[_Contained])
_MONTH, _FIRST = len("2026-06-"), str(FIRST_YEAR)
_BEGIN = re.compile("[0-9]{4}-(?:0[1-9]|1[0-2])-")


class Relevance:
    """Answers for the resources of one chart whether they matter on a day, and remembers which concepts were met."""

    def __init__(self, as_of: date | None, vocabulary: Vocabulary) -> None:
        """Start with nothing met; without a day nothing is too old."""
        self.concepts: set[str] = set()
        self._known = CodeIndex(as_of, vocabulary, self.concepts)
        self.days = ConceptCutoffs(self._known)
        """From which day on a CodeableConcept matters, by its text; None for one with no listed code."""
        self._idle_visits = UnlistedEncounters(self._known)
        self._reasons = Reasons(vocabulary)
        self._weight_since = cutoff_day(WEIGHT, as_of)
        self._last_weights = ("", list[tuple[ResourceSummary, Page, int]]())

    def is_recent(self, glance: Coded, day: str, page: Page, index: int) -> bool:
        """Return whether a resource with a code that matters from a day on matters by its date.

        A weight of the last day before those that do is remembered.
        """
        dated = glance.effectiveDateTime
        if dated is None or dated >= day or not _is_day(dated):
            return True
        if day == self._weight_since:
            self._remember(dated[:DAY_LENGTH], (glance, page, index))
        return False

    def is_idle_visit(self, glance: Encounter) -> bool:
        """Return whether an Encounter is of no listed kind and gives no reason."""
        for raw in (glance.reasonCode, glance.reasonReference, glance.reason, glance.code):
            if raw is not ABSENT:
                return False
        return self._idle_visits[b"" + glance.type, b"" + glance.setting]

    def matters(self, glance: ResourceSummary, page: Page, index: int) -> bool:
        """Return whether a resource holds a code of the knowledge and is not too old to matter.

        Raises msgspec.DecodeError where an element that holds a code has another form.
        """
        if isinstance(glance, Coded):
            return self._coded(glance, page, index)
        refuse_odd(glance)
        otherwise = self._otherwise.get(type(glance))
        return otherwise is not None and otherwise(self, glance, page, index)

    def _coded(self, glance: Coded, page: Page, index: int) -> bool:
        """Return the same where codes stand in `code`, in the value, in components and in what is contained."""
        day = None if glance.code is ABSENT else self.days[b"" + glance.code]
        if glance.valueCodeableConcept is not ABSENT:
            day = earlier(day, self.days[b"" + glance.valueCodeableConcept])
        if glance.component:
            day = self._in_components(glance.component, day)
        if day is not None and self.is_recent(glance, day, page, index):
            return True
        return glance.contained is not ABSENT and isinstance(glance, Observation) and self._panel(glance.contained)

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

    def _elsewhere(self, glance: ResourceSummary, page: Page, index: int) -> bool:
        """Return the same for a resource whose codes stand in other elements than `code`; unreadable ones are kept."""
        try:
            found = _ELSEWHERE[type(glance)].decode(page.raw(index))
        except (msgspec.DecodeError, RecursionError):
            return True
        return any(self._since(concept, None) is not None for concept in found.concepts())

    def _encounter(self, glance: Encounter, _page: Page, _index: int) -> bool:
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

    def _prescription(self, glance: MedicationRequest, _page: Page, _index: int) -> bool:
        """Return whether the drug of a request is listed, or stands elsewhere than in a code."""
        drug = glance.medicationCodeableConcept
        if drug is not ABSENT and self.days[b"" + drug] is not None:
            return True
        return glance.medicationReference is not None or glance.medication is not ABSENT

    def _response(self, _glance: ResourceSummary, _page: Page, _index: int) -> bool:
        """Return that it is kept: what an answer speaks of may stand in a Questionnaire that is still to come."""
        return True

    def _vaccine(self, _glance: ResourceSummary, _page: Page, _index: int) -> bool:
        """Return that it is kept: whether a node stands beside it is seen when all resources are there."""
        return True

    def _remember(self, on: str, weight: tuple[ResourceSummary, Page, int]) -> None:
        """Remember the weights of the last day before those that matter."""
        if on > self._last_weights[0]:
            self._last_weights = (on, [])
        if on == self._last_weights[0]:
            self._last_weights[1].append(weight)

    @property
    def last_weights(self) -> Sequence[tuple[ResourceSummary, Page, int]]:
        """The weights of the last day before those that matter by themselves: the neighbours of the first of these."""
        return self._last_weights[1]

    _otherwise: ClassVar[Mapping[type[ResourceSummary], Callable[["Relevance", Any, Page, int], bool]]] = {
        CarePlan: _elsewhere,
        ImagingStudy: _elsewhere,
        Encounter: _encounter,
        Immunization: _vaccine,
        MedicationRequest: _prescription,
        QuestionnaireResponse: _response,
    }
    """How resources are looked at whose codes stand elsewhere than in `code` or `value`."""


class _Months(dict[str, bool]):
    """The beginnings of dates as far as the month, with its dash: whether each is one of a date that names its day.

    What is none is not kept: it may hold words of a record.
    """

    def __missing__(self, begin: str) -> bool:
        found = _BEGIN.fullmatch(begin) is not None and begin >= _FIRST
        if found and len(self) < MOST:
            self[begin] = True
        return found


_MONTHS = _Months()


def _is_day(dated: str) -> bool:
    """Return whether a FHIR date can be compared letter by letter; a partial or odd one is left to the reader."""
    return _MONTHS[dated[:_MONTH]] and len(dated) >= DAY_LENGTH


def newest_on(glance: Coded, day: str) -> str | None:
    """Return the day of what counts only if it is the newest; None for all else, and where the day is not plain."""
    dated = glance.effectiveDateTime
    return dated[:DAY_LENGTH] if day == NEWEST_ONLY and dated is not None and _is_day(dated) else None
