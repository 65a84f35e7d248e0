"""One page of a FHIR search, or one resource: a glance at every entry, and its raw slice for whoever needs more.

Must not judge resources: that is `cds_service.fhir.reading.facts`. The text is passed over once; slices are cut on
demand.
Tests: tests/fhir/test_page.py.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import Raw

from cds_service.fhir.pages.slices import BYTES_EACH, ResourceSlicer
from cds_service.fhir.pages.summary import NO_RESOURCE, KnownTypes, Lenient, ResourceSummary, StrictForm, summarise

OUTCOME_MODE = "outcome"
_BY_PATIENT = re.compile(r"[?&](?:patient|subject)(?:%3A|:)?(?:Patient)?=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnreadablePage:
    """Why a prefetched or fetched value is no FHIR answer; `reason` is a stable code."""

    reason: str


_ABSENT = Raw(b"")


class Search(msgspec.Struct, gc=False):
    """Why an entry stands in a searchset."""

    mode: str | None = None


class Entry(msgspec.Struct, gc=False):
    """One resource of a page: its raw JSON, the fullUrl that references may use for it, and why it stands there.

    The last two are kept as they came: a fault in them is no reason to lose the resource.
    """

    raw: Raw = msgspec.field(name="resource", default=_ABSENT)
    url: Raw = msgspec.field(name="fullUrl", default=_ABSENT)
    search: Raw = _ABSENT

    @property
    def full_url(self) -> str | None:
        """The fullUrl, when there is one that can be read."""
        return None if self.url is _ABSENT else _TEXT.read(self.url)

    @property
    def mode(self) -> str | None:
        """Why the entry stands in a searchset, when that is said."""
        search = None if self.search is _ABSENT else _SEARCH.read(self.search)
        return None if search is None else search.mode


class Seen(msgspec.Struct, gc=False):
    """The same entry at a glance; one that reports on the search holds an OperationOutcome, which is no evidence."""

    resource: KnownTypes = msgspec.field(default_factory=lambda: NO_RESOURCE)


class _Link(msgspec.Struct, gc=False):
    relation: str | None = None
    url: str | None = None


class _Frame(msgspec.Struct, gc=False):
    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    link: list[_Link] | None = None


class _Bundle(_Frame, gc=False):
    entry: list[Entry] | None = None


class Glanced(_Frame, gc=False):
    """A Bundle of which every entry is seen at a glance."""

    entry: list[Seen] | None = None


class _Cut(msgspec.Struct, gc=False):
    """The same entry cut out, nothing else of it."""

    resource: Raw = _ABSENT


class _AllCut(_Frame, gc=False):
    entry: list[_Cut] | None = None


class _SeenFormed(msgspec.Struct, gc=False):
    resource: StrictForm | None = None


class _AllFormed(_Frame, gc=False):
    entry: list[_SeenFormed] | None = None


class _Loose(_Frame, gc=False):
    entry: list[Raw] | None = None


_BUNDLE = msgspec.json.Decoder(_Bundle)
_CUT = msgspec.json.Decoder(_AllCut)
_GLANCED = msgspec.json.Decoder(Glanced)
_FORMED = msgspec.json.Decoder(_AllFormed)
_LOOSE = msgspec.json.Decoder(_Loose)
_ENTRY = msgspec.json.Decoder(Entry)
_TEXT = Lenient(str)
_SEARCH = Lenient(Search)


@dataclass(slots=True)
class Page:
    """The entries of one page in their order, with the page's own links."""

    source: bytes | Raw = b""
    summaries: Sequence[ResourceSummary] | None = None
    """The resource of each entry at a glance; None when one of them can't be read that way."""
    next: str | None = None
    self_link: str | None = None
    single_resource_type: str | None = None
    """The type of the one resource that came instead of a Bundle."""
    wanted: int = 0
    """How many of its resources may be cut out: of a long page a few are cut out one by one."""
    _entries: Sequence[Entry] | None = field(default=None, repr=False)
    _cuts: Sequence[_Cut] | None = field(default=None, repr=False)
    _cutter: ResourceSlicer | None = field(default=None, repr=False)
    _alone: dict[int, Raw] = field(default_factory=dict, repr=False)

    @property
    def slices(self) -> Sequence[Entry]:
        """Every entry with its raw JSON, in step with `seen`; cut out at the first use."""
        if self._entries is None:
            self._entries = _BUNDLE.decode(self.source).entry or ()
        return self._entries

    def raw(self, index: int) -> Raw:
        """Return the JSON of one entry's resource: where many are wanted, all are cut out at the first use."""
        if self._entries is not None:
            return self._entries[index].raw
        if self._cuts is None:
            found = self._alone.get(index) or self._cut_alone(index)
            if found is not None:
                return found
            self._cuts = _CUT.decode(self.source).entry or ()
        return self._cuts[index].resource

    def _cut_alone(self, index: int) -> Raw | None:
        """Return the same where few are wanted and this one is found at once."""
        if self.summaries is None or self.wanted * BYTES_EACH > len(memoryview(self.source)):
            return None
        if self._cutter is None:
            self._cutter = ResourceSlicer(self.source)
        found = self._cutter.cut(self.summaries[index])
        if found is not None:
            self._alone[index] = found
        return found

    @property
    def held(self) -> int:
        """How many entries hold a resource."""
        if self.summaries is not None:
            return sum(resource is not NO_RESOURCE for resource in self.summaries)
        return sum(entry.raw is not _ABSENT for entry in self.slices)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries that hold a match: not those that only report on the search."""
        return tuple(entry for entry in self.slices if entry.raw is not _ABSENT and not is_outcome(entry))


def with_forms_checked(page: Page) -> Page:
    """Return a page that is gone through entry by entry where any element of it, a doubled one's first too, is odd."""
    try:
        _FORMED.decode(page.source)
    except (msgspec.DecodeError, RecursionError):
        return replace(page, summaries=None)
    return page


def is_outcome(entry: Entry) -> bool:
    """Return whether an entry reports on the search instead of answering it."""
    return entry.mode == OUTCOME_MODE


def is_searched_by_patient(pages: Sequence[Page]) -> bool:
    """Return False where a server says that it searched without the patient.

    Then its self link no longer names one, and an entry remarks on the search.
    """
    first = pages[0] if pages else None
    if first is None or first.self_link is None or _BY_PATIENT.search(first.self_link):
        return True
    return not any(is_outcome(entry) for entry in first.slices)


def read_page(raw: bytes | Raw) -> Page | UnreadablePage:
    """Return the entries of a Bundle, the resource itself as the only entry, or why it is neither.

    An OperationOutcome says that the client looked and failed.
    """
    try:
        return page_of_bundle(raw, _GLANCED.decode(raw))
    except msgspec.ValidationError:
        return _read_mixed(raw) or _read_slices(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UnreadablePage("not-json")


def page_of_bundle(raw: bytes | Raw, frame: Glanced) -> Page | UnreadablePage:
    """Return the same of what was decoded already."""
    if frame.resourceType == "Bundle":
        seen = [entry.resource for entry in frame.entry or ()]
        return Page(raw, seen, next=_link(frame, "next"), self_link=_link(frame, "self"))
    return _read_one(raw, frame)


def _read_mixed(raw: bytes | Raw) -> Page | None:
    """Return a page that holds types which no chart is made of; None where one of its resources can't be read."""
    try:
        frame = _CUT.decode(raw)
        cuts = frame.entry or ()
        seen = [NO_RESOURCE if cut.resource is _ABSENT else summarise(cut.resource) for cut in cuts]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if frame.resourceType != "Bundle":
        return None
    return Page(raw, seen, next=_link(frame, "next"), self_link=_link(frame, "self"), _cuts=cuts)


def _read_slices(raw: bytes | Raw) -> Page | UnreadablePage:
    """Return a page whose entries can't all be read at a glance."""
    try:
        bundle = _LOOSE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UnreadablePage("not-fhir")
    if bundle.resourceType != "Bundle":
        return _read_one(raw, bundle)
    entries = [_entry(each) for each in bundle.entry or ()]
    return Page(raw, None, _link(bundle, "next"), _link(bundle, "self"), _entries=entries)


def _entry(raw: Raw) -> Entry:
    """Return an entry; one that is no object stands for the resource that it should have held."""
    try:
        return _ENTRY.decode(raw)
    except msgspec.DecodeError:
        return Entry(raw)


def _read_one(raw: bytes | Raw, frame: _Frame) -> Page | UnreadablePage:
    if frame.resourceType == "OperationOutcome":
        return UnreadablePage("operation-outcome")
    if frame.resourceType is None:
        return UnreadablePage("not-fhir")
    return Page(raw, None, single_resource_type=frame.resourceType, _entries=(Entry(Raw(bytes(raw))),))


def _link(frame: _Frame, relation: str) -> str | None:
    """Return where a link leads; an empty text for one that leads nowhere: there is more, and nobody says where."""
    for link in frame.link or ():
        if link.relation == relation:
            return link.url or ""
    return None
