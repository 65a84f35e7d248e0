"""One page of an answer: its entries, its links, or why it is none."""

import json

import pytest

from cds_service.fhir.pages.page import Entry, Page, UnreadablePage, is_outcome, read_page, with_forms_checked

PATIENT = {"resourceType": "Patient", "id": "p1"}


def page_of(value: object) -> Page:
    """The page that a value is."""
    found = read_page(json.dumps(value).encode())
    assert isinstance(found, Page)
    return found


def bundle(*entries: object, **more: object) -> dict[str, object]:
    """A Bundle with entries as they stand."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries), **more}


def ids(page: Page) -> list[str]:
    """The ids of the resources of a page."""
    return [json.loads(bytes(entry.raw))["id"] for entry in page.entries]


@pytest.mark.parametrize("kind", ["searchset", "collection", "transaction", "history", "anything", 5])
def test_a_bundle_of_any_type_is_its_entries(kind: object) -> None:
    """In their order."""
    assert ids(page_of(bundle({"resource": PATIENT}, {"resource": PATIENT | {"id": "p2"}}, type=kind))) == ["p1", "p2"]


def test_a_resource_in_place_of_a_bundle_is_its_only_entry() -> None:
    """As a read returns it."""
    assert ids(page_of(PATIENT)) == ["p1"]


@pytest.mark.parametrize("value", [{"resourceType": "Bundle"}, bundle(), {"resourceType": "Bundle", "entry": None}])
def test_a_bundle_without_entries_is_an_empty_page(value: object) -> None:
    """Somebody looked and found nothing."""
    page = page_of(value)

    assert page.entries == ()
    assert list(page.summaries or ()) == []
    assert page.next is None


def test_links_are_read_by_their_relation() -> None:
    """A next link that leads nowhere still says that there is more."""
    links = [{"relation": "self", "url": "http://a"}, {"relation": "next", "url": "http://b"}, {}]

    assert (page_of(bundle(link=links)).self_link, page_of(bundle(link=links)).next) == ("http://a", "http://b")
    assert page_of(bundle(link=[{"relation": "next"}])).next == ""
    assert page_of(bundle(5, link=[{"relation": "next"}])).next == ""


@pytest.mark.parametrize(
    "text, reason",
    [
        (b"", "not-json"),
        (b"<html>", "not-json"),
        (b'{"resourceType": "Bundle", "entry": [', "not-json"),
        (b'{"resourceType": "Bundle", "entry": []} x', "not-json"),
        (b'{"resourceType": "Bundle", "id": NaN}', "not-json"),
        (b'{"resourceType": "Bundle", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not-json"),
        (b"{}", "not-fhir"),
        (b"[]", "not-fhir"),
        (b'"<html>"', "not-fhir"),
        (b"5", "not-fhir"),
        (b'{"resourceType": 5}', "not-fhir"),
        (b'{"resourceType": "Bundle", "entry": 5}', "not-fhir"),
        (b'{"resourceType": "Bundle", "entry": {"resource": {}}}', "not-fhir"),
        (b'{"resourceType": "Bundle", "link": "x"}', "not-fhir"),
        (b'{"resourceType": "OperationOutcome"}', "operation-outcome"),
        (b'{"resourceType": "OperationOutcome", "entry": 5, "link": []}', "not-fhir"),
    ],
)
def test_what_is_no_answer_has_a_reason(text: bytes, reason: str) -> None:
    """A stable code, no exception."""
    assert read_page(text) == UnreadablePage(reason)


def test_an_operation_outcome_with_odd_elements_is_one() -> None:
    """Elements of another shape than a Bundle's change nothing."""
    assert read_page(b'{"resourceType": "OperationOutcome", "entry": [5]}') == UnreadablePage("operation-outcome")


def test_a_page_is_seen_whole_at_a_glance_or_entry_by_entry() -> None:
    """One resource of an odd shape sends the whole page the second way; nothing of it is lost."""
    odd = {"resourceType": "Condition", "id": "c", "component": "headache"}

    assert page_of(bundle({"resource": PATIENT})).summaries is not None
    assert page_of(bundle({"resource": PATIENT}, {"resource": odd})).summaries is None
    assert ids(page_of(bundle({"resource": PATIENT}, {"resource": odd}))) == ["p1", "c"]


@pytest.mark.parametrize("entry", [None, 5, "x", [], True])
def test_an_entry_that_is_no_object_keeps_its_place(entry: object) -> None:
    """It stands for a resource that nobody can read."""
    page = page_of(bundle({"resource": PATIENT}, entry))

    assert len(page.slices) == 2
    assert bytes(page.slices[1].raw) == json.dumps(entry).encode()


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, {"mode": 5}])
def test_an_odd_element_beside_a_resource_does_not_lose_it(odd: object) -> None:
    """Both are read when somebody asks for them."""
    (entry,) = page_of(bundle({"fullUrl": odd, "search": odd, "resource": PATIENT})).entries

    assert entry.full_url == ("x" if odd == "x" else None)
    assert entry.mode is None


def test_an_entry_that_reports_on_the_search_is_no_match() -> None:
    """An outcome entry, and one without a resource."""
    outcome = {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
    page = page_of(bundle({"resource": PATIENT, "search": {"mode": "match"}}, outcome, {"fullUrl": "urn:x"}))

    assert ids(page) == ["p1"]
    assert [is_outcome(entry) for entry in page.slices] == [False, True, False]
    assert page.slices[2].full_url == "urn:x"
    assert not is_outcome(Entry())


@pytest.mark.parametrize("name", ["subject", "patient", "code", "valueCodeableConcept"])
def test_a_doubled_element_of_which_the_first_is_odd_sends_the_page_the_second_way(name: str) -> None:
    """Where forms are checked: a glance by itself sees the last of them only."""
    page = read_page(
        b'{"resourceType": "Bundle", "entry": [{"resource": {"%b": 5, "%b": {}}}]}' % ((name.encode(),) * 2)
    )
    assert isinstance(page, Page)

    assert page.summaries is not None
    assert with_forms_checked(page).summaries is None
    assert with_forms_checked(page_of(bundle({"resource": PATIENT}))).summaries is not None
