"""The resources of a chart sorted by relevance: whose they are, and which may become evidence.

Must not read what a resource says: cds_service.fhir.reading.facts does. A record about somebody else stops everything.
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
    """A resource that may become evidence: still raw, its type and id known."""

    type: str
    id: str | None
    page: Page
    index: int
    has_subject: bool = True
    height_on: str | None = None
    """The day of a body height, of which only the newest that can be used counts."""

    @property
    def raw(self) -> Raw:
        """The resource's JSON."""
        return self.page.raw(self.index)


@dataclass(frozen=True, slots=True)
class UnreadableResource:
    """A resource of a type that matters whose frame can't be read; nobody knows what it speaks of."""

    type: str
    id: str | None
    reason: str


NOTHING = UnreadableResource("unknown", None, "not-fhir")
"""What stands where a resource should."""


@dataclass(slots=True)
class EvidenceCandidates:
    """What a chart holds for a patient: candidates, broken resources, medications by id, and how many were seen."""

    patient_id: str
    base: str | None = None
    as_of: date | None = None
    """The day that is looked at: measurements too old to matter on it are left out; None: all are kept."""
    vocabulary: Vocabulary = STANDARD
    patient: Raw | None = None
    candidates: list[Candidate] = field(default_factory=list)
    broken: list[UnreadableResource] = field(default_factory=list)
    medications: dict[str, Raw] = field(default_factory=dict)
    former: set[str] = field(default_factory=set)
    """Types of which resources came in a type that only an earlier FHIR release has."""
    forms: Questionnaires = field(default_factory=Questionnaires)
    seen: int = 0
    urls: set[str] = field(default_factory=set)
    """Further names of the patient: fullUrls of a Bundle."""
    relevance: Relevance = field(init=False)
    _own: Raw = field(init=False)
    """How the last resource named the patient: the next one hardly ever does it in other words."""
    _conditions: Mapping[str, list[Candidate]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Prepare the test of relevance for the day."""
        self.relevance = Relevance(self.as_of, self.vocabulary)
        self._own = Raw(b'{"reference":"Patient/%b"}' % self.patient_id.encode())

    def add(self, entries: Iterable[Entry]) -> None:
        """Sort resources that stand by themselves."""
        self.add_page(Page(_entries=tuple(entries)))

    def add_page(self, page: Page) -> None:
        """Sort the resources of one page; raise WrongPatient when one is about somebody else."""
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
        """Sort a page of which a resource can't be read at a glance: each by itself."""
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
        """Sort one resource; raises msgspec.DecodeError where one of its elements has another form than FHIR's."""
        kind = glance.resourceType
        if glance is NO_RESOURCE:
            self.seen -= 1
        elif kind is not None and kind in TYPES and names(glance, self._own):
            if self.relevance.matters(glance, page, index):
                self.candidates.append(Candidate(kind, glance.id, page, index))
        else:
            self._take(glance, page, index)

    def last_weights(self) -> Iterator[Candidate]:
        """Yield the weights of the last day before those that matter by themselves."""
        for glance, page, index in self.relevance.last_weights:
            yield Candidate(str(glance.resourceType), glance.id, page, index, has_subject=owner_of(glance) is not None)

    def may_concern(self, concepts: frozenset[str]) -> bool:
        """Return whether any code of these concepts was met, or something that can't be read might hold one."""
        return bool(self.broken) or not self.relevance.concepts.isdisjoint(concepts)

    def _take(self, glance: ResourceSummary, page: Page, index: int) -> None:
        """Sort a resource that is not plainly one of the patient's: the patient, a medication, another reference."""
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
        """Sort a resource that states nothing itself: what statements refer to, or what nobody can read."""
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
        """Remember how a resource of the patient's names the patient, where it says so once."""
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
        """Return the Medication of the chart that a reference means: by its id, or by its fullUrl.

        A reference that leads to another server than that of the call means none of ours, whatever its id.
        """
        plain = reference.partition(VERSION)[0]
        if plain in self.medications:
            return self.medications[plain]
        if self.base is not None and ABSOLUTE.match(plain) and not plain.startswith(f"{self.base}/"):
            return None
        own_id = plain.rpartition(":" if plain.startswith(URN) else "/")
        return self.medications.get(own_id[2]) if own_id[1] else None

    def conditions(self, reference: str) -> Iterable[Candidate]:
        """Return the Conditions of the chart that matter and that a reference means; more than one stands in it twice.

        An absolute reference means one under the FHIR server of the call, or the entry with that fullUrl.
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
        """Raise WrongPatient when a resource that is contained in one of the patient's is about somebody else."""
        for name in ("subject", "patient"):
            owner = contained.get(name)
            reference = owner.get("reference") if isinstance(owner, dict) else None
            if isinstance(reference, str) and not self.is_patient(reference):
                raise WrongPatient

    def _names_patient(self, reference: str, page: Page) -> bool:
        """Return whether a page holds the patient under that fullUrl: such an entry may come after those it names."""
        plain = reference.partition(VERSION)[0]
        for entry in page.slices:
            frame = FRAME.read(entry.raw) if entry.full_url == plain else None
            if frame is not None and frame.resourceType == PATIENT:
                self._take_patient(frame.own_id, entry)
        return self.is_patient(reference)

    def is_patient(self, reference: str) -> bool:
        """Return whether a reference means the patient: also one that is absolute here, or versioned."""
        own = f"Patient/{self.patient_id}"
        known = {own, *self.urls}
        if self.base is not None:
            known.add(f"{self.base}/{own}")
        return reference.partition(VERSION)[0] in known

    def _without_glance(self, entry: Entry) -> None:
        """Keep a resource in mind whose codes can't be read; check whose it is all the same."""
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
