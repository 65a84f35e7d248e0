"""Evidence candidates of a chart, with a check of their patient.

A record about another patient must stop the call. Reading resources is the job of cds_service.fhir.reading.
Tests: tests/fhir/test_candidates.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from msgspec import Raw

from cds_service.errors import WrongPatient
from cds_service.fhir.candidates.questionnaires import Questionnaires
from cds_service.fhir.candidates.relevance import CODED, Relevance, newest_on
from cds_service.fhir.elements.releases import FORMER_TYPES
from cds_service.fhir.elements.vocabulary import STANDARD, Vocabulary
from cds_service.fhir.pages.page import Entry, Page
from cds_service.fhir.pages.summary import (
    ABSENT,
    FORMED,
    FRAME,
    NO_RESOURCE,
    Encounter,
    ResourceSummary,
    names,
    owner_of,
    refuse_odd,
    summarise,
)
from rules.facts import Kind

TYPES: frozenset[str | None] = frozenset(kind.value for kind in Kind)
PATIENT = "Patient"
QUESTIONNAIRE = "Questionnaire"
URN = "urn:"
VERSION = "/_history/"
ABSOLUTE = re.compile("https?://", re.IGNORECASE)


@dataclass(slots=True)
class Candidate:
    """A resource that may become evidence, still raw."""

    type: str
    id: str | None
    page: Page
    index: int
    has_subject: bool = True
    height_on: str | None = None
    """Day of a body height.

    Only the newest usable height counts.
    """

    @property
    def raw(self) -> Raw:
        """The resource's JSON."""
        return self.page.raw(self.index)


@dataclass(frozen=True, slots=True)
class UnreadableResource:
    """A relevant resource with an unreadable frame.

    Its concepts are unknown.
    """

    type: str
    id: str | None
    reason: str


NOTHING = UnreadableResource("unknown", None, "not-fhir")
"""Stand-in for a missing resource."""


@dataclass(slots=True)
class EvidenceCandidates:
    """Candidates, unreadable resources and medications of a patient."""

    patient_id: str
    base: str | None = None
    as_of: date | None = None
    """Day of evaluation.

    Measurements too old for it are left out; None keeps all.
    """
    vocabulary: Vocabulary = STANDARD
    patient: Raw | None = None
    candidates: list[Candidate] = field(default_factory=list)
    broken: list[UnreadableResource] = field(default_factory=list)
    medications: dict[str, Raw] = field(default_factory=dict)
    former: set[str] = field(default_factory=set)
    """Types that came in the form of an earlier FHIR release."""
    forms: Questionnaires = field(default_factory=Questionnaires)
    seen: int = 0
    urls: set[str] = field(default_factory=set)
    """Further names of the patient, such as fullUrls."""
    relevance: Relevance = field(init=False)
    _own: Raw = field(init=False)
    """Last wording of the patient's reference.

    The next resource nearly always repeats it.
    """
    _conditions: Mapping[str, list[Candidate]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Prepare the test of relevance for the day."""
        self.relevance = Relevance(self.as_of, self.vocabulary)
        self._own = Raw(b'{"reference":"Patient/%b"}' % self.patient_id.encode())

    def add(self, entries: Iterable[Entry]) -> None:
        """Classify resources without a page."""
        self.add_page(Page(_entries=tuple(entries)))

    def add_page(self, page: Page) -> None:
        """Classify the resources of one page.

        Raises WrongPatient for a resource about another patient.
        """
        if page.summaries is None:
            self._add_slices(page)
            return
        self.seen += len(page.summaries)
        already = len(self.candidates)
        own, relevance, days = self._own, self.relevance, self.relevance.days
        glance: Any  # its form decides which elements it has
        for index, glance in enumerate(page.summaries):
            try:
                if glance.subject == own and glance.patient is ABSENT:
                    form = type(glance)
                    if form in CODED:
                        if not (glance.component or glance.valueCodeableConcept or glance.contained):
                            day = days[b"" + glance.code]
                            if day is not None and relevance.is_recent(glance, day, page, index):
                                newest = newest_on(glance, day)
                                self.candidates.append(
                                    Candidate(form.__name__, glance.id, page, index, height_on=newest)
                                )
                            continue
                    elif form is Encounter and relevance.is_idle_visit(glance):
                        continue
                self._sort(glance, page, index)
                own = self._own
            except (msgspec.DecodeError, RecursionError):
                self._without_glance(page.slices[index])
        page.wanted = len(self.candidates) - already

    def _add_slices(self, page: Page) -> None:
        """Classify a page resource by resource, without summaries."""
        for index, entry in enumerate(page.slices):
            if not memoryview(entry.raw):
                continue
            self.seen += 1
            try:
                glance = summarise(entry.raw)
                if type(glance) in CODED:
                    FORMED.decode(entry.raw)
                self._sort(glance, page, index)
            except (msgspec.DecodeError, RecursionError):
                self._without_glance(entry)

    def _sort(self, glance: ResourceSummary, page: Page, index: int) -> None:
        """Classify one resource.

        Raises msgspec.DecodeError for an element in another form than FHIR's.
        """
        kind = glance.resourceType
        if glance is NO_RESOURCE:
            self.seen -= 1
        elif kind is not None and kind in TYPES and names(glance, self._own):
            if self.relevance.matters(glance, page, index):
                self.candidates.append(Candidate(kind, glance.id, page, index))
        else:
            self._take(glance, page, index)

    def last_weights(self) -> Iterator[Candidate]:
        """Yield the weights of the last day before the look-back."""
        for glance, page, index in self.relevance.last_weights:
            yield Candidate(str(glance.resourceType), glance.id, page, index, has_subject=owner_of(glance) is not None)

    def may_concern(self, concepts: frozenset[str]) -> bool:
        """Return True if these concepts may be in the chart.

        An unreadable resource might hold them.
        """
        return bool(self.broken) or not self.relevance.concepts.isdisjoint(concepts)

    def _take(self, glance: ResourceSummary, page: Page, index: int) -> None:
        """Classify a patient, a medication or an unusual reference."""
        kind, owner = glance.resourceType, owner_of(glance)
        reference = None if owner is None else owner.reference
        if kind not in TYPES:
            refuse_odd(glance)
        if kind == PATIENT:
            self._take_patient(glance.id, page.slices[index])
            return
        if reference is not None:
            if not (self.is_patient(reference) or self._names_patient(reference, page)):
                raise WrongPatient
            self._remember(glance)
        if kind is None or kind not in TYPES:
            self._take_other(glance, page, index)
        elif self.relevance.matters(glance, page, index):
            self.candidates.append(Candidate(kind, glance.id, page, index, has_subject=reference is not None))

    def _take_other(self, glance: ResourceSummary, page: Page, index: int) -> None:
        """Classify a resource that statements refer to, or an unreadable one."""
        kind = glance.resourceType
        if kind == "Medication":
            self._take_medication(glance.id, page.slices[index])
        elif kind == QUESTIONNAIRE:
            self.forms.add(page.raw(index))
        elif kind is not None and kind in FORMER_TYPES:
            self.former.add(FORMER_TYPES[kind])
        elif kind is None or kind == "Bundle":
            self.broken.append(
                UnreadableResource("unknown", glance.id, "not-fhir" if kind is None else "nested-bundle")
            )

    def _remember(self, glance: ResourceSummary) -> None:
        """Remember the wording of an unambiguous patient reference."""
        if glance.patient is ABSENT:
            self._own = glance.subject
        elif glance.subject is ABSENT:
            self._own = glance.patient

    def _take_patient(self, patient_id: str | None, entry: Entry) -> None:
        if patient_id != self.patient_id:
            raise WrongPatient
        self.patient = entry.raw
        url = entry.full_url or ""
        if url.startswith(URN) or url.endswith(f"/{PATIENT}/{patient_id}"):
            self.urls.add(url)

    def _take_medication(self, medication_id: str | None, entry: Entry) -> None:
        self.medications |= {name: entry.raw for name in (medication_id, entry.full_url) if name}

    def medication(self, reference: str) -> Raw | None:
        """Return the referenced Medication by id or fullUrl.

        A reference to another server than the call's finds none.
        """
        plain = reference.partition(VERSION)[0]
        if plain in self.medications:
            return self.medications[plain]
        if self.base is not None and ABSOLUTE.match(plain) and not plain.startswith(f"{self.base}/"):
            return None
        own_id = plain.rpartition(":" if plain.startswith(URN) else "/")
        return self.medications.get(own_id[2]) if own_id[1] else None

    def conditions(self, reference: str) -> Iterable[Candidate]:
        """Return the referenced Conditions of the chart.

        Duplicates are all returned. An absolute reference finds resources of the call's server or an entry with that
        fullUrl.
        """
        if self._conditions is None:
            self._conditions = self._named(Kind.CONDITION)
        plain = reference.partition(VERSION)[0]
        own = plain.removeprefix(f"{self.base}/") if self.base is not None else plain
        return self._conditions.get(own) or self._conditions.get(plain) or ()

    def _named(self, kind: Kind) -> Mapping[str, list[Candidate]]:
        named: dict[str, list[Candidate]] = {}
        for candidate in self.candidates:
            if candidate.type == kind.value:
                own = f"{kind.value}/{candidate.id}" if candidate.id else None
                for name in {own, candidate.page.slices[candidate.index].full_url}:
                    named.setdefault(name or "", []).append(candidate)
        named.pop("", None)
        return named

    def check_owner(self, contained: Mapping[str, object]) -> None:
        """Raise WrongPatient for a contained resource about another patient."""
        for name in ("subject", "patient"):
            owner = contained.get(name)
            reference = owner.get("reference") if isinstance(owner, dict) else None
            if isinstance(reference, str) and not self.is_patient(reference):
                raise WrongPatient

    def _names_patient(self, reference: str, page: Page) -> bool:
        """Return True if the fullUrl belongs to the patient's entry.

        That entry may come after those that name it.
        """
        plain = reference.partition(VERSION)[0]
        for entry in page.slices:
            frame = FRAME.read(entry.raw) if entry.full_url == plain else None
            if frame is not None and frame.resourceType == PATIENT:
                self._take_patient(frame.own_id, entry)
        return self.is_patient(reference)

    def is_patient(self, reference: str) -> bool:
        """Return True for a reference to the patient.

        It may be absolute or versioned.
        """
        own = f"Patient/{self.patient_id}"
        known = {own, *self.urls}
        if self.base is not None:
            known.add(f"{self.base}/{own}")
        return reference.partition(VERSION)[0] in known

    def _without_glance(self, entry: Entry) -> None:
        """Keep a resource with unreadable codes after checking its patient."""
        frame = FRAME.read(entry.raw)
        if frame is None:
            self.broken.append(NOTHING)
            return
        if frame.resourceType == PATIENT:
            self._take_patient(frame.own_id, entry)
            return
        if frame.owner is not None and not self.is_patient(frame.owner):
            raise WrongPatient
        if frame.resourceType == QUESTIONNAIRE:
            self.forms.add(entry.raw)
        elif frame.resourceType in TYPES or frame.resourceType is None:
            self.broken.append(UnreadableResource(frame.resourceType or "unknown", frame.own_id, "not-r4"))
