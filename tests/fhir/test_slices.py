"""A resource cut out of a long page by the place of one of its elements is the one that stands there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from cds_service.fhir.pages.page import Page, read_page
from cds_service.fhir.pages.slices import WINDOW_BYTES, ResourceSlicer, buffer_address
from tests.builders import Resource, condition, observation

OWN = {"reference": "Patient/p1"}
PLAIN = observation("8302-2", id="a", subject=OWN)
INNER = observation("8302-2", id="a", subject=OWN)
NESTED: list[Resource] = [
    {"resourceType": "Observation", "id": "a", "contained": [{"resource": INNER}], **PLAIN},
    {"resourceType": "Observation", "id": "a", "extension": [{"resource": {}}], **PLAIN},
    {**PLAIN, "contained": [{"entry": [{"resource": INNER}, {"resource": INNER}]}]},
    {"resourceType": "Observation", "note": [{"text": '"resource":{"resourceType":"Observation"'}], **PLAIN},
    {"resourceType": "Immunization", "id": "i", "patient": OWN},
    {"resourceType": "Immunization", "id": "i"},
    condition("C50.911", id="c", subject=OWN),
    PLAIN,
]


def page_of(text: str) -> Page:
    """A page of which every resource is seen at a glance."""
    page = read_page(Raw(text.encode()))
    assert isinstance(page, Page)
    assert page.summaries is not None
    return page


def written(resources: list[Resource], *, spaced: bool = False) -> str:
    """A searchset as some server writes it."""
    entries = [{"fullUrl": "urn:x", "resource": each, "search": {"mode": "match"}} for each in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entries}, indent=1 if spaced else None)


@given(st.lists(st.sampled_from(NESTED), min_size=1, max_size=6), st.booleans())
def test_what_is_cut_out_is_that_resource_or_nothing(resources: list[Resource], spaced: bool) -> None:  # noqa: FBT001
    """However like it another one is, before it, behind it or inside it."""
    page = page_of(written(resources, spaced=spaced))
    whole = [bytes(entry.raw) for entry in page.slices]
    cutter = ResourceSlicer(page.source)

    found = [cutter.cut(glance) for glance in page.summaries or ()]

    assert [raw is None or bytes(raw) == each for raw, each in zip(found, whole, strict=True)] == [True] * len(whole)


@pytest.mark.parametrize("resource", [PLAIN, NESTED[-2], NESTED[4]])
@pytest.mark.parametrize("spaced", [False, True])
def test_a_plain_resource_is_found(resource: Resource, spaced: bool) -> None:  # noqa: FBT001
    """By its code, its subject or its patient."""
    page = page_of(written([NESTED[2], resource, resource], spaced=spaced))

    found = ResourceSlicer(page.source).cut((page.summaries or ())[1])

    assert found is not None
    assert json.loads(bytes(found)) == resource


@pytest.mark.parametrize("resource", [{"resourceType": "Observation", "status": "final"}, NESTED[0]])
def test_what_names_no_place_or_hides_its_beginning_is_not_found(resource: Resource) -> None:
    """Nothing to find it by; and another `resource` between its beginning and its code."""
    page = page_of(written([resource]))

    assert ResourceSlicer(page.source).cut((page.summaries or ())[0]) is None


def test_one_that_begins_too_far_away_is_read_with_the_whole_page() -> None:
    """The page gives the same, whether one is wanted of it or all."""
    far = {"resourceType": "Observation", "text": {"div": "x" * 2 * WINDOW_BYTES}, **PLAIN}
    page = page_of(written([PLAIN, far] + [PLAIN] * 200))
    page.wanted = 1

    assert ResourceSlicer(page.source).cut((page.summaries or ())[1]) is None
    assert json.loads(bytes(page.raw(0))) == PLAIN
    assert json.loads(bytes(page.raw(1))) == far
    assert json.loads(bytes(page.raw(2))) == PLAIN


def test_an_address_is_that_of_the_bytes() -> None:
    """A slice stands so far behind the whole as its place says, and the same text elsewhere has another."""
    whole = b'{"code":{"a":1},"other":{"a":1}}'
    view = memoryview(whole)

    assert buffer_address(Raw(view[8:15])) - buffer_address(whole) == len(b'{"code":')
    assert buffer_address(Raw(view[8:15])) != buffer_address(Raw(view[24:31]))
