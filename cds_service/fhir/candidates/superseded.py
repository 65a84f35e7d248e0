"""Places of resources that a newer version replaced or removed.

Tests: tests/fhir/test_versions.py.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import get_args

from msgspec import Raw

from cds_service.fhir.pages.page import Page
from cds_service.fhir.pages.summary import FRAME, KnownTypes, Other, ResourceSummary
from cds_service.fhir.pages.versions import Deletion, Version, deletions, is_later, newest, version_of

Place = tuple[int, int]
"""Identity of a page and position in it."""
_Key = tuple[type[ResourceSummary], str | None]
SEARCHSET = Raw(b'"searchset"')
_ID = attrgetter("id")
_FORMS = {form.__name__: form for form in get_args(KnownTypes)}


def superseded(pages: Sequence[Page]) -> frozenset[Place]:
    """Return the places of replaced and removed resources.

    Charts without a repeated id are done after one count.
    """
    removed = [(page, found) for page in pages if _may_remove(page) for found in deletions(page)]
    if not removed and _are_unique(pages):
        return frozenset()
    named = [*chain.from_iterable(map(_keys, pages))]
    repeated = {key for key, times in Counter(named).items() if times > 1 and key[1] is not None}
    repeated |= {_key(each) for _, each in removed}
    places: dict[_Key, list[tuple[Page, int]]] = {}
    for page in pages:
        for index, key in enumerate(_keys(page)):
            if key in repeated:
                places.setdefault(key, []).append((page, index))
    gone = chain.from_iterable(_gone(key, found, removed) for key, found in places.items())
    return frozenset((id(page), index) for page, index in gone)


def _may_remove(page: Page) -> bool:
    return page.frame is not None and page.frame.type != SEARCHSET


def _are_unique(pages: Sequence[Page]) -> bool:
    """Return True if every id occurs once in the chart, whatever its type."""
    ids: set[str | None] = set()
    held = 0
    for page in pages:
        if page.summaries is not None:
            ids.update(map(_ID, page.summaries))
            held += len(page.summaries)
        elif page.single_resource_type is None:
            return False
    return len(ids) == held


def _keys(page: Page) -> Iterable[_Key]:
    """Return type and id of every entry."""
    if page.summaries is not None:
        return zip(map(type, page.summaries), map(_ID, page.summaries), strict=True)
    frames = [FRAME.read(entry.raw) for entry in page.slices]
    return [(Other, None) if f is None else (_FORMS.get(f.resourceType or "", Other), f.own_id) for f in frames]


def _key(removed: Deletion) -> _Key:
    return _FORMS.get(removed.type, Other), removed.id


def _gone(
    key: _Key, places: Sequence[tuple[Page, int]], removed: Iterable[tuple[Page, Deletion]]
) -> Iterable[tuple[Page, int]]:
    """Yield the places of one resource that are not its newest."""
    versions = [version_of(page.raw(index)) for page, index in places]
    last = newest(versions)
    for number, (page, index) in enumerate(places):
        ends = [(own, each) for own, each in removed if _key(each) == key]
        if number not in last or any(not _outlives(page, index, versions[number], *end) for end in ends):
            yield page, index


def _outlives(page: Page, index: int, version: Version, own: Page, removed: Deletion) -> bool:
    """Return True for a version after the removal.

    Without numbers and times a history lists the later one first.
    """
    later = is_later(version, removed.version)
    return (page is own and index < removed.index) if later is None else later
