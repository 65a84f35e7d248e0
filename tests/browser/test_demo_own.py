"""A chart that somebody brings to the demo EHR: a Bundle that stays in the page, or a server that the service reads.

It must not need a network.
It is itself a test.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import Page
from tests.browser.conftest import Faults
from tests.browser.demo_ehr import CARD, asked_again, is_narrow, levels, settled

pytestmark = pytest.mark.slow
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
Json = dict[str, Any]


def patient(patient_id: str, name: str) -> Json:
    """Return a Patient."""
    return {"resourceType": "Patient", "id": patient_id, "name": [{"text": name}], "birthDate": "1960-02-03"}


def condition(number: int, subject: str, code: str, day: str, text: str = "") -> Json:
    """Return a Condition; its text is what the record calls it."""
    return {
        "resourceType": "Condition",
        "id": f"c{number}",
        "subject": {"reference": subject},
        "recordedDate": day,
        "code": {"coding": [{"system": ICD, "code": code}], **({"text": text} if text else {})},
    }


def bundle(*resources: Json, urls: dict[str, str] | None = None) -> Json:
    """Return a collection; `urls` names the fullUrl of resources by their id."""
    given = urls or {}
    entries = [
        {"resource": each, **({"fullUrl": given[each["id"]]} if each["id"] in given else {})} for each in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


ONE = bundle(
    patient("own-1", "Own Patient"),
    condition(1, "Patient/own-1", "C50.412", "2019-03-10"),
    condition(2, "Patient/own-1", "N63.21", "2026-06-02", "<b>Lump</b>"),
)


def dialog(page: Page) -> None:
    """Open the dialog, once the first chart of the list is open, which a wide window shows by itself."""
    page.goto("/")
    if not is_narrow(page):
        settled(page)
    page.get_by_role("button", name="Bring your own chart …").click()


def chosen(page: Page, content: bytes, name: str = "chart.json") -> None:
    """Choose a file with this content."""
    page.locator("#own-file").set_input_files({"name": name, "mimeType": "application/json", "buffer": content})


def test_a_bundle_that_is_brought_gets_its_chart_and_card(page: Page) -> None:
    """Its prefetch is made from the Bundle by the templates' types, with no FHIR server; nothing is kept anywhere."""
    dialog(page)

    asked = asked_again(page, lambda: chosen(page, json.dumps(ONE).encode()))

    assert levels(page) == ["Warning"]
    assert page.get_by_role("heading", name="Own Patient").is_visible()
    assert "<b>Lump</b>" in page.locator("#sections").inner_text()
    assert "fhirServer" not in asked
    assert asked["prefetch"]["patient"]["id"] == "own-1"
    assert [entry["resource"]["id"] for entry in asked["prefetch"]["conditions"]["entry"]] == ["c1", "c2"]
    assert asked["prefetch"]["observations"] == {"resourceType": "Bundle", "type": "searchset", "total": 0}
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    assert "own-1" not in page.url
    assert page.get_by_role("link", name="Evidence view").count() == 0


def test_a_file_can_be_dropped(page: Page) -> None:
    """Onto the marked place."""
    dialog(page)
    data = page.evaluate_handle(
        "text => { const data = new DataTransfer(); data.items.add(new File([text], 'chart.json')); return data; }",
        json.dumps(ONE),
    )

    asked_again(page, lambda: page.locator("#drop").dispatch_event("drop", {"dataTransfer": data}))

    assert levels(page) == ["Warning"]


def test_references_by_full_url_are_understood(page: Page) -> None:
    """As generators of test patients write them."""
    url = "urn:uuid:0b3c1f6e-3a0c-4a57-8d44-2f8f0a1b9c11"
    given = bundle(
        patient("own-1", "Own Patient"),
        condition(1, url, "C50.412", "2019-03-10"),
        condition(2, url, "N63.21", "2026-06-02"),
        urls={"own-1": url},
    )
    dialog(page)

    asked_again(page, lambda: chosen(page, json.dumps(given).encode()))

    assert levels(page) == ["Warning"]


def test_of_several_patients_the_page_asks_for_one(page: Page) -> None:
    """And sends nothing of the others."""
    both = bundle(*(entry["resource"] for entry in ONE["entry"]), patient("own-2", "Other Patient"))
    both["entry"].append({"resource": condition(9, "Patient/own-2", "C50.412", "2019-03-10")})
    dialog(page)
    chosen(page, json.dumps(both).encode())
    page.get_by_label("Whose chart?").select_option(label="Other Patient, born 3 Feb 1960 (own-2)")

    asked = asked_again(page, page.get_by_role("button", name="Open this chart").click)

    assert page.get_by_role("heading", name="Other Patient").is_visible()
    assert "own-1" not in json.dumps(asked)
    assert levels(page) == []


def test_the_newest_record_is_one_step_away(page: Page) -> None:
    """A chart of long ago says nothing today."""
    old = bundle(
        patient("own-1", "Own Patient"),
        condition(1, "Patient/own-1", "C50.412", "2012-03-10"),
        condition(2, "Patient/own-1", "N63.21", "2016-06-02"),
    )
    dialog(page)
    asked_again(page, lambda: chosen(page, json.dumps(old).encode()))
    assert levels(page) == []

    asked_again(page, page.get_by_role("button", name="Newest record").click)

    assert levels(page) == ["Warning"]


NO_CHARTS = {
    b"PATIENT: somebody": "This file is not JSON.",
    b"[1, 2]": "This JSON is no FHIR Bundle with resources.",
    b'{"resourceType": "Bundle", "entry": [null, {"resource": null}]}': "This JSON is no FHIR Bundle",
    json.dumps(bundle(condition(1, "Patient/x", "C50.412", "2019"))).encode(): "There is no Patient with an id",
    b" " * (25 * 1024 * 1024 + 1): "This file has 26 MiB; up to 25 MiB can be opened here.",
}


def test_what_is_no_chart_is_said_with_what_to_do(page: Page, tmp_path: Path) -> None:
    """In the dialog, which stays open."""
    dialog(page)
    for number, (content, said) in enumerate(NO_CHARTS.items()):
        file = tmp_path / f"{number}.json"
        file.write_bytes(content)
        page.locator("#own-file").set_input_files(file)
        page.locator("#own-error").get_by_text(said).wait_for()
    assert page.locator("#own").is_visible()


WRONG: list[object] = [7, "text", None, [], {}, [None], [7], {"coding": "x", "text": 5}]
ELEMENTS = (
    *("code", "category", "clinicalStatus", "valueQuantity", "component", "referenceRange", "interpretation", "status"),
    *("recordedDate", "effectiveDateTime", "period", "type", "reasonCode", "dosageInstruction", "performedPeriod"),
    *("medicationCodeableConcept", "authoredOn", "vaccineCode", "conclusion", "description", "title", "name"),
)
TYPES = ("Condition", "Observation", "Encounter", "MedicationRequest", "Procedure", "Immunization", "CarePlan")


def test_records_that_are_wrong_in_any_way_do_not_break_the_page(page: Page, faults: Faults) -> None:
    """What can't be read is shown as what it is, or left empty; the rest of the chart is there."""
    wrong = [
        {
            **dict.fromkeys(ELEMENTS, value),
            "resourceType": kind,
            "id": f"w-{kind}-{number}",
            "subject": {"reference": "Patient/own-1"},
        }
        for kind in TYPES
        for number, value in enumerate(WRONG)
    ]
    for number, value in enumerate(WRONG):
        person = {"name": value, "gender": value, "birthDate": value, "identifier": value, "deceasedDateTime": value}
        given = bundle({**person, "resourceType": "Patient", "id": "own-1"}, ONE["entry"][2]["resource"], *wrong)
        dialog(page)
        page.locator("#own-file").set_input_files(
            {"name": f"{number}.json", "mimeType": "application/json", "buffer": json.dumps(given).encode()}
        )
        page.locator("#own").wait_for(state="hidden")
        page.locator("#cards[aria-busy=false]").wait_for()
        assert "<b>Lump</b>" in page.locator("[aria-labelledby=section-problems]").inner_text()
    faults[:] = [fault for fault in faults if "status of 412" not in fault]


def on_server(page: Page, base: str, patient_id: str) -> None:
    """Fill in the form for a FHIR server and send it."""
    dialog(page)
    page.get_by_label("FHIR base URL").fill(base)
    page.get_by_label("Patient id").fill(patient_id)


def test_a_chart_on_a_listed_server_is_read_by_the_service(page: Page, demo: str) -> None:
    """The call carries the server and no prefetch; the page shows the chart where its policy lets it read that."""
    on_server(page, f"{demo}/demo/fhir/", "demo-lung")

    asked = asked_again(page, page.get_by_role("button", name="Open from this server").click)

    assert asked["fhirServer"] == f"{demo}/demo/fhir"
    assert "prefetch" not in asked
    assert levels(page) == ["Warning"]
    assert page.get_by_role("heading", name="Wilhelmina Satou").is_visible()


def test_a_server_that_is_not_listed_is_refused_and_never_asked(page: Page, faults: Faults) -> None:
    """Neither by the service nor by the page, which says why there is no chart."""
    on_server(page, "https://elsewhere.example/fhir", "p1")
    page.get_by_role("button", name="Open from this server").click()
    page.locator("#cards .failed").wait_for()

    assert "refused the call (400)" in page.locator("#status").inner_text()
    assert "This page reads no other host" in page.locator("#sections").inner_text()
    assert page.locator(CARD).count() == 0
    faults.take("status of 400")


def test_the_next_patient_of_the_list_can_be_opened_afterwards(page: Page) -> None:
    """Whatever was brought before."""
    dialog(page)
    asked_again(page, lambda: chosen(page, json.dumps(ONE).encode()))
    page.goto("/#demo-lung")
    page.get_by_role("heading", name="Wilhelmina Satou").wait_for()
    settled(page)

    assert levels(page) == ["Warning"]
