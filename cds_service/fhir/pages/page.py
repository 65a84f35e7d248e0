"""One page of a FHIR search with summaries of its resources.

The text is read once, and raw slices are cut on demand.
Tests: tests/fhir/test_page.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import Raw

from cds_service.fhir.pages.slices import BYTES_EACH, ResourceSlicer
from cds_service.fhir.pages.summary import ABSENT as _ABSENT
from cds_service.fhir.pages.summary import NO_RESOURCE, KnownTypes, Lenient, ResourceSummary, StrictForm, summarise

OUTCOME_MODE = "outcome"


@dataclass(frozen=True, slots=True)
class UnreadablePage:
    """Stable reason why a value is no FHIR answer."""

    reason: str


class Search(msgspec.Struct, gc=False):
    """Search mode of an entry."""

    mode: str | None = None


class Entry(msgspec.Struct, gc=False):
    """One resource of a page, raw, with fullUrl and search mode.

    All but the resource are kept as they came, because a fault in them must not lose the resource.
    """

    raw: Raw = msgspec.field(name="resource", default=_ABSENT)
    url: Raw = msgspec.field(name="fullUrl", default=_ABSENT)
    search: Raw = _ABSENT
    request: Raw = _ABSENT
    response: Raw = _ABSENT

    @property
    def full_url(self) -> str | None:
        """The readable fullUrl, else None."""
        return None if self.url is _ABSENT else _TEXT.read(self.url)

    @property
    def mode(self) -> str | None:
        """The readable search mode, else None."""
        search = None if self.search is _ABSENT else _SEARCH.read(self.search)
        return None if search is None else search.mode


class Seen(msgspec.Struct, gc=False):
    """An entry with its resource's summary.

    An entry about the search holds an OperationOutcome, which is no evidence.
    """

    resource: KnownTypes = msgspec.field(default_factory=lambda: NO_RESOURCE)


class _Link(msgspec.Struct, gc=False):
    relation: str | None = None
    url: str | None = None


class BundleFrame(msgspec.Struct, gc=False):
    """Elements of a Bundle beside its entries."""

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    link: list[_Link] | None = None
    type: Raw = _ABSENT
    total: Raw = _ABSENT
    meta: Raw = _ABSENT


class _Bundle(BundleFrame, gc=False):
    entry: list[Entry] | None = None


class Glanced(BundleFrame, gc=False):
    """A Bundle with summaries of all entries."""

    entry: list[Seen] | None = None


class _Cut(msgspec.Struct, gc=False):
    """An entry with its raw resource only."""

    resource: Raw = _ABSENT


class _AllCut(BundleFrame, gc=False):
    entry: list[_Cut] | None = None


class _SeenFormed(msgspec.Struct, gc=False):
    resource: StrictForm | None = None


class _AllFormed(BundleFrame, gc=False):
    entry: list[_SeenFormed] | None = None


class _Loose(BundleFrame, gc=False):
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
    """Entries of one page in order, with its links."""

    source: bytes | Raw = b""
    summaries: Sequence[ResourceSummary] | None = None
    """Summary of each resource, None if one is unreadable."""
    next: str | None = None
    self_link: str | None = None
    single_resource_type: str | None = None
    """Type of a single resource in place of a Bundle."""
    frame: BundleFrame | None = None
    """The Bundle without its entries."""
    wanted: int = 0
    """Expected number of cut resources.

    A few of a long page are cut one by one.
    """
    _entries: Sequence[Entry] | None = field(default=None, repr=False)
    _cuts: Sequence[_Cut] | None = field(default=None, repr=False)
    _cutter: ResourceSlicer | None = field(default=None, repr=False)
    _alone: dict[int, Raw] = field(default_factory=dict, repr=False)

    @property
    def slices(self) -> Sequence[Entry]:
        """Every raw entry in step with `summaries`, cut at first use."""
        if self._entries is None:
            self._entries = _BUNDLE.decode(self.source).entry or ()
        return self._entries

    def raw(self, index: int) -> Raw:
        """Return the raw resource of an entry.

        If many are wanted, all are cut at first use.
        """
        if self._entries is not None:
            return self._entries[index].raw
        if self._cuts is None:
            found = self._alone.get(index) or self._cut_alone(index)
            if found is not None:
                return found
            self._cuts = _CUT.decode(self.source).entry or ()
        return self._cuts[index].resource

    def _cut_alone(self, index: int) -> Raw | None:
        """Return one raw resource found by its address, or None."""
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
        """Entries with matches, without those about the search."""
        return tuple(entry for entry in self.slices if entry.raw is not _ABSENT and not is_outcome(entry))


def with_forms_checked(page: Page) -> Page:
    """Return a page checked entry by entry for odd elements.

    The first of two equal keys is checked too.
    """
    try:
        _FORMED.decode(page.source)
    except (msgspec.DecodeError, RecursionError):
        return replace(page, summaries=None)
    return page


def is_outcome(entry: Entry) -> bool:
    """Return True for an entry about the search."""
    return entry.mode == OUTCOME_MODE


def read_page(raw: bytes | Raw) -> Page | UnreadablePage:
    """Return the entries of a Bundle or the single resource.

    An OperationOutcome means that the client failed; the reason is returned.
    """
    try:
        return page_of_bundle(raw, _GLANCED.decode(raw))
    except msgspec.ValidationError:
        return _read_mixed(raw) or _read_slices(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UnreadablePage("not-json")


def page_of_bundle(raw: bytes | Raw, frame: Glanced) -> Page | UnreadablePage:
    """Build the page from a decoded Bundle."""
    if frame.resourceType == "Bundle":
        seen = [entry.resource for entry in frame.entry or ()]
        page = Page(raw, seen, _link(frame, "next"), _link(frame, "self"), frame=frame)
        frame.entry = frame.link = None
        return page
    return _read_one(raw, frame)


def _read_mixed(raw: bytes | Raw) -> Page | None:
    """Return a page with foreign types, or None if unreadable."""
    try:
        frame = _CUT.decode(raw)
        cuts = frame.entry or ()
        seen = [NO_RESOURCE if cut.resource is _ABSENT else summarise(cut.resource) for cut in cuts]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if frame.resourceType != "Bundle":
        return None
    return Page(raw, seen, _link(frame, "next"), _link(frame, "self"), frame=frame, _cuts=cuts)


def _read_slices(raw: bytes | Raw) -> Page | UnreadablePage:
    """Return a page of raw entries without summaries."""
    try:
        bundle = _LOOSE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UnreadablePage("not-fhir")
    if bundle.resourceType != "Bundle":
        return _read_one(raw, bundle)
    entries = [_entry(each) for each in bundle.entry or ()]
    return Page(raw, None, _link(bundle, "next"), _link(bundle, "self"), frame=bundle, _entries=entries)


def _entry(raw: Raw) -> Entry:
    """Return an entry.

    One that is no object replaces its missing resource.
    """
    try:
        return _ENTRY.decode(raw)
    except msgspec.DecodeError:
        return Entry(raw)


def _read_one(raw: bytes | Raw, frame: BundleFrame) -> Page | UnreadablePage:
    if frame.resourceType == "OperationOutcome":
        return UnreadablePage("operation-outcome")
    if frame.resourceType is None:
        return UnreadablePage("not-fhir")
    return Page(raw, None, single_resource_type=frame.resourceType, _entries=(Entry(Raw(bytes(raw))),))


def _link(frame: BundleFrame, relation: str) -> str | None:
    """Return the target of a link.

    "" means that more pages exist at an unknown address.
    """
    for link in frame.link or ():
        if link.relation == relation:
            return link.url or ""
    return None
