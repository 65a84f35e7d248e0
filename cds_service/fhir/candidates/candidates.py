"""Evidence candidates of a chart, with a check of their patient.

A record about another patient must stop the call. Reading resources is the job of cds_service.fhir.reading.
Tests: tests/fhir/test_candidates.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from msgspec import Raw

from cds_service.errors import WrongPatient
from cds_service.fhir.candidates.medications import URN, VERSION, Medications
from cds_service.fhir.candidates.owner import LOCAL, identity_of, indirect_identity, is_indirect, is_same_person
from cds_service.fhir.candidates.questionnaires import Questionnaires
from cds_service.fhir.candidates.relevance import CODED, Relevance, newest_on
from cds_service.fhir.candidates.superseded import superseded
from cds_service.fhir.candidates.unreadable import NOTHING, UnreadableResource
from cds_service.fhir.candidates.veiled import veiled
from cds_service.fhir.elements.releases import FORMER_TYPES
from cds_service.fhir.elements.vocabulary import STANDARD, Vocabulary
from cds_service.fhir.pages.page import Entry, Page
from cds_service.fhir.pages.summary import (
    ABSENT,
    FORMED,
    FRAME,
    NO_RESOURCE,
    Encounter,
    Reference,
    ResourceSummary,
    names,
    owner_of,
    refuse_odd,
    summarise,
)
from cds_service.fhir.pages.versions import is_later, version_of
from rules.facts import Days, Kind

TYPES: frozenset[str | None] = frozenset(kind.value for kind in Kind)
PATIENT = "Patient"
QUESTIONNAIRE = "Questionnaire"


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


def wrong_patient(kind: str | None, record_id: str | None) -> WrongPatient:
    """Return the refusal that names a record of another patient.

    Only types of ours are named.
    """
    return WrongPatient(kind if kind in TYPES else None, record_id)


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
    former: set[str] = field(default_factory=set)
    """Types that came in the form of an earlier FHIR release."""
    forms: Questionnaires = field(default_factory=Questionnaires)
    seen: int = 0
    may_be_short: bool = False
    """True after a total, a label or a remark of a server."""
    urls: set[str] = field(default_factory=set)
    """Further names of the patient, such as fullUrls."""
    relevance: Relevance = field(init=False)
    medications: Medications = field(init=False)
    _pages: list[Page] = field(init=False, default_factory=list)
    _gone: frozenset[tuple[int, int]] = field(init=False, default=frozenset())
    _indirect: list[tuple[ResourceSummary, Page, int, Reference]] = field(init=False, default_factory=list)
    """Resources that name their owner by identifier or contained Patient."""
    _own: Raw = field(init=False)
    """Last wording of the patient's reference.

    The next resource nearly always repeats it.
    """
    _born: Days | None = field(init=False, default=None)
    _conditions: Mapping[str, list[Candidate]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Prepare the test of relevance for the day."""
        self.relevance = Relevance(self.as_of, self.vocabulary)
        self.medications = Medications(self.base)
        self._own = Raw(b'{"reference":"Patient/%b"}' % self.patient_id.encode())

    def add(self, entries: Iterable[Entry]) -> None:
        """Classify resources without a page."""
        self.add_page(Page(_entries=tuple(entries)))

    def add_page(self, page: Page) -> None:
        """Classify the resources of one page.

        Raises WrongPatient for a resource about another patient.
        """
        self._pages.append(page)
        if page.summaries is None:
            self.may_be_short |= page.frame is not None
            self._add_slices(page)
            return
        held, frame = len(page.summaries), page.frame
        if frame is not None and frame.total is not frame.meta:
            self.may_be_short |= frame.meta is not ABSENT or frame.total != Raw(b"%d" % held)
        self.seen += held
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

    def place(self) -> None:
        """Classify resources with an indirectly named owner.

        Raises WrongPatient for one about another patient. An uncertain owner is none.
        """
        if not self._indirect:
            return
        patient, waiting = identity_of(self.patient), self._indirect
        self._indirect = []
        for glance, page, index, owner in waiting:
            is_own = is_same_person(indirect_identity(owner, page.raw(index)), patient)
            if is_own is False:
                raise wrong_patient(glance.resourceType, glance.id)
            kind = glance.resourceType
            if kind is not None and kind in TYPES and self.relevance.matters(glance, page, index):
                self.candidates.append(Candidate(kind, glance.id, page, index, has_subject=bool(is_own)))

    def settle(self) -> None:
        """Remove candidates that a newer version replaced."""
        self.broken += veiled(self._pages, self.relevance.days)
        gone = superseded(self._pages)
        if gone:
            self.candidates = [each for each in self.candidates if (id(each.page), each.index) not in gone]
            self._gone |= gone

    def last_weights(self) -> Iterator[Candidate]:
        """Yield the weights of the last day before the look-back."""
        for glance, page, index in self.relevance.last_weights:
            if (id(page), index) in self._gone:
                continue
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
        if owner is not None and is_indirect(owner):
            self._indirect.append((glance, page, index, owner))
            return
        if reference is not None:
            if not (self.is_patient(reference) or self._names_patient(reference, page)):
                raise wrong_patient(kind, glance.id)
            self._remember(glance)
        if kind is None or kind not in TYPES:
            self._take_other(glance, page, index)
        elif self.relevance.matters(glance, page, index):
            self.candidates.append(Candidate(kind, glance.id, page, index, has_subject=reference is not None))

    def _take_other(self, glance: ResourceSummary, page: Page, index: int) -> None:
        """Classify a resource that statements refer to, or an unreadable one.

        A total may count it as a match.
        """
        self.may_be_short = True
        kind = glance.resourceType
        if kind == "Medication":
            self.medications.add(glance.id, page.slices[index])
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
            raise WrongPatient(PATIENT)
        if self.patient is None or not is_later(version_of(self.patient), version_of(entry.raw)):
            self.patient = entry.raw
        url = entry.full_url or ""
        if url.startswith(URN) or url.endswith(f"/{PATIENT}/{patient_id}"):
            self.urls.add(url)

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

    def check_owner(self, contained: Mapping[str, object], outer: Mapping[str, object]) -> None:
        """Raise WrongPatient for a contained resource about another patient.

        It may repeat the owner of the resource around it.
        """
        for name in ("subject", "patient"):
            owner = contained.get(name)
            reference = owner.get("reference") if isinstance(owner, dict) else None
            if isinstance(reference, str) and owner != outer.get("subject") and not self.is_patient(reference):
                raise wrong_patient(str(outer.get("resourceType")), str(outer.get("id")))

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

    @property
    def born(self) -> Days | None:
        """Birth of the patient, for dates given as ages."""
        if self._born is None and self.patient is not None:
            self._born = identity_of(self.patient).born_on
        return self._born

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
        if frame.owner is not None and not (frame.owner.startswith(LOCAL) or self.is_patient(frame.owner)):
            raise wrong_patient(frame.resourceType, frame.own_id)
        if frame.resourceType == QUESTIONNAIRE:
            self.forms.add(entry.raw)
        elif frame.resourceType in TYPES or frame.resourceType is None:
            self.broken.append(UnreadableResource(frame.resourceType or "unknown", frame.own_id, "not-r4"))
