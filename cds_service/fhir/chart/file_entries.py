"""Resources of FHIR files, out of Bundles of every type.

What a Bundle says it lacks must be kept beside its resources.
Tests: tests/cli/test_cli_evaluate.py.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import Raw

from cds_service.fhir.candidates.superseded import superseded
from cds_service.fhir.chart.completeness import INCOMPLETE, NOT_ENTIRE, SUPPRESSED, is_refused, is_withheld, shortfall
from cds_service.fhir.pages.page import Entry, Page, is_outcome, read_page
from cds_service.fhir.pages.summary import ABSENT, FRAME
from rules.facts import Gap, Kind

BUNDLE, OUTCOME = "Bundle", "OperationOutcome"
NEXT_PAGE = "next-page"
UNKNOWN = "record"
"""Source of a Bundle without a type of resource."""
_SEARCHED = re.compile(r"/([A-Z][A-Za-z]+)(?:/_search)?(?:\?|$)")
_OWN_ID = re.compile(r"(?:^urn:uuid:|^urn:oid:|/)([A-Za-z0-9.-]{1,64})$")
_KINDS = frozenset(kind.value for kind in Kind)


class NoFhir(Exception):
    """A value that is no FHIR, with its reason."""


@dataclass(slots=True)
class FileEntries:
    """Entries of files in order, with sources that came in part."""

    entries: list[Entry] = field(default_factory=list)
    short: list[Gap] = field(default_factory=list)
    may_be_short: list[Gap] = field(default_factory=list)


def file_entries(texts: Iterable[bytes]) -> FileEntries:
    """Return the entries of all texts, each FHIR JSON or NDJSON.

    Raises NoFhir.
    """
    pages = [page for text in texts for each in _pages(text) for page in _unfolded(each)]
    gone = superseded(pages) if any(_has_removals(page) for page in pages) else frozenset()
    found = FileEntries()
    for page in pages:
        alone = page.single_resource_type is not None
        for index, entry in enumerate(page.slices):
            if (id(page), index) not in gone and (alone or _is_record(entry)):
                found.entries.append(_with_id(entry))
    for gap in dict.fromkeys(_gaps([page for page in pages if page.single_resource_type is None])):
        (found.may_be_short if gap.reason == NOT_ENTIRE else found.short).append(gap)
    return found


def _pages(text: bytes) -> Iterator[Page]:
    page = read_page(text)
    if isinstance(page, Page):
        yield page
        return
    whole = _json_array(text)
    for line in whole if whole is not None else text.splitlines():
        if line.strip():
            page = read_page(line)
            if not isinstance(page, Page):
                raise NoFhir(page.reason)
            yield page


def _json_array(text: bytes) -> list[bytes] | None:
    try:
        return [bytes(raw) for raw in msgspec.json.decode(text, type=list[Raw])]
    except (msgspec.DecodeError, RecursionError):
        return None


def _unfolded(page: Page) -> Iterator[Page]:
    """Yield a page and the Bundles within it."""
    yield page
    if page.single_resource_type is None:
        for entry in page.slices:
            inner = read_page(entry.raw) if _type(entry) == BUNDLE else None
            if isinstance(inner, Page):
                yield from _unfolded(inner)


def _type(entry: Entry) -> str | None:
    frame = FRAME.read(entry.raw)
    return None if frame is None else frame.resourceType


def _is_record(entry: Entry) -> bool:
    return entry.raw is not ABSENT and not is_outcome(entry) and _type(entry) not in (BUNDLE, OUTCOME)


def _has_removals(page: Page) -> bool:
    return page.frame is not None and any(entry.request is not ABSENT for entry in page.slices)


def _with_id(entry: Entry) -> Entry:
    """Return an entry whose resource has the id of its fullUrl, if it has none."""
    frame, own = FRAME.read(entry.raw), _OWN_ID.search(entry.full_url or "")
    if frame is None or frame.resourceType is None or frame.id is not ABSENT or own is None:
        return entry
    text = bytes(entry.raw).lstrip()
    return msgspec.structs.replace(entry, raw=Raw(b'{"id":"' + own[1].encode() + b'",' + text[1:]))


def _gaps(pages: list[Page]) -> Iterator[Gap]:
    """Yield the sources of the Bundles that came in part.

    A source without its last page lacks pages.
    """
    sources: dict[str, list[Page]] = {}
    for page in pages:
        sources.setdefault(_source(page), []).append(page)
        yield from (Gap(UNKNOWN, reason) for reason in _refused(page))
    for source, own in sources.items():
        ordered = sorted(own, key=lambda page: page.next is None)
        if ordered[-1].next is not None:
            yield Gap(source, NEXT_PAGE)
        counted = [page if _is_search(page) else replace(page, frame=None) for page in ordered]
        reason = shortfall(counted, source)
        if reason is not None:
            yield Gap(source, reason)


def _refused(page: Page) -> Iterator[str]:
    """Yield the reasons of entries that a batch-response lacks."""
    for entry in page.slices:
        if entry.response is not ABSENT and is_refused(entry.response):
            yield SUPPRESSED if is_withheld(entry.response) else INCOMPLETE


def _is_search(page: Page) -> bool:
    return page.frame is not None and bytes(page.frame.type) == b'"searchset"'


def _source(page: Page) -> str:
    """Return the type of a search, else the most frequent one."""
    asked = _SEARCHED.search(page.self_link or "")
    if asked is not None and asked[1] in _KINDS:
        return asked[1]
    types = Counter(kind for entry in page.slices if (kind := _type(entry)) in _KINDS)
    return str(types.most_common(1)[0][0]) if types else UNKNOWN
