"""The demo's FHIR endpoint: reads, searches by GET and by form, pages, and errors that are FHIR too.

It must not test the charts' content: test_demo.py does.
It is itself a test.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Profile, Settings
from cds_service.demo.charts import load_charts
from cds_service.demo.search_index import stored
from rules.facts import Days

BASE = "http://127.0.0.1:8000/demo/fhir"
TODAY = date(2026, 6, 15)
LIVER = "demo-liver"


@dataclass
class MovableClock:
    """A clock whose day a test can change."""

    day: date

    def now(self) -> datetime:
        """Return noon of the day."""
        return datetime.combine(self.day, time(12, tzinfo=UTC))

    def today(self) -> date:
        """Return the day."""
        return self.day


def demo_client(public_url: str | None = None) -> httpx.AsyncClient:
    """Return a client of the demo on a fixed day."""
    app = create_app(Settings(profile=Profile.DEMO, public_url=public_url), FixedClock(TODAY))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A FHIR client whose base is the demo's endpoint."""
    async with demo_client() as fhir:
        yield fhir


def found(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the resources of a searchset, checking that it is one."""
    bundle = answer.json()
    assert (answer.status_code, bundle["resourceType"], bundle["type"]) == (200, "Bundle", "searchset")
    assert {entry["search"]["mode"] for entry in bundle.get("entry", [])} <= {"match"}
    return [entry["resource"] for entry in bundle.get("entry", [])]


def link(answer: httpx.Response, relation: str) -> str | None:
    """Return the address of this link of a searchset, or None."""
    return next((item["url"] for item in answer.json()["link"] if item["relation"] == relation), None)


@pytest.mark.anyio
async def test_metadata_is_a_valid_capability_statement(client: httpx.AsyncClient) -> None:
    """It says R4, the address that was asked, and the types that can be read and searched."""
    answer = await client.get("/metadata", headers={"Accept": "application/json"})
    statement = answer.json()
    get_fhir_model_class("CapabilityStatement").model_validate(statement)
    assert (statement["fhirVersion"], statement["implementation"]["url"]) == ("4.0.1", BASE)
    types = [item["type"] for item in statement["rest"][0]["resource"]]
    assert {"Patient", "Condition", "Observation", "Procedure", "MedicationRequest", "Encounter"} <= set(types)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "accept", ["application/json+fhir", "application/fhir+json", "application/json", "*/*", "application/fhir+xml"]
)
async def test_whatever_is_accepted_the_answer_is_fhir_json(client: httpx.AsyncClient, accept: str) -> None:
    """Nobody is refused for an old or odd Accept header."""
    answer = await client.get(f"/Patient/{LIVER}", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+json")


@pytest.mark.anyio
async def test_every_patient_is_listed_and_can_be_read(client: httpx.AsyncClient) -> None:
    """`GET /Patient` lists all, each with the given and family names that the public sandbox needs."""
    patients = found(await client.get("/Patient"))
    assert [patient["id"] for patient in patients] == list(load_charts(TODAY).by_patient)
    for patient in patients:
        assert patient["name"][0]["given"]
        assert patient["name"][0]["family"]
        assert (await client.get(f"/Patient/{patient['id']}")).json() == patient


@pytest.mark.anyio
@pytest.mark.parametrize("reference", [LIVER, f"Patient/{LIVER}", f"{BASE}/Patient/{LIVER}"])
@pytest.mark.parametrize("parameter", ["patient", "subject"])
async def test_a_chart_is_found_by_its_patient(client: httpx.AsyncClient, parameter: str, reference: str) -> None:
    """By id, relative and absolute reference; and nobody else's record comes with it."""
    conditions = found(await client.get("/Condition", params={parameter: reference}))
    assert {item["subject"]["reference"] for item in conditions} == {f"Patient/{LIVER}"}
    assert "demo-liver-appetite-loss" in {item["id"] for item in conditions}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "query, expected",
    [
        ("Condition?patient=demo-liver&category=encounter-diagnosis", 1),
        ("Condition?patient=demo-liver&clinical-status=active", 3),
        ("Condition?patient=demo-liver&clinical-status=active,remission", 4),
        ("Condition?patient=demo-liver&code=R63.0", 1),
        ("Condition?patient=demo-liver&code=http://hl7.org/fhir/sid/icd-10-cm|R63.0", 1),
        ("Condition?patient=demo-liver&code=http://snomed.info/sct|R63.0", 0),
        ("Condition?patient=demo-liver&code=http://hl7.org/fhir/sid/icd-10-cm|", 4),
        ("Condition?patient=demo-liver&recorded-date=ge2026-06-01", 1),
        ("Condition?patient=nobody", 0),
        ("Observation?patient=demo-liver&code=29463-7", 4),
        ("Observation?patient=demo-liver&code=29463-7&date=gt2026-06-01", 1),
        ("Observation?patient=demo-liver&code=29463-7&date=2026-06-09", 1),
        ("Observation?patient=demo-liver&code=29463-7&date=lt2026-06-09", 3),
        ("Observation?patient=demo-liver&code=29463-7&date=le2026-06", 4),
        ("Observation?patient=demo-liver&code=29463-7&date=ge2026-06-01&date=le2026-06-30", 1),
        ("Observation?patient=demo-liver&code=29463-7&date=ge2026-06-01,le2025-10-01", 2),
        ("Observation?patient=demo-liver&category=vital-signs&code=29463-7,8867-4", 5),
        ("Procedure?patient=demo-liver&date=ge2021-01-01", 2),
        ("MedicationRequest?patient=demo-liver&status=active&code=72965", 1),
        ("Encounter?patient=demo-liver&class=AMB", 2),
        ("FamilyMemberHistory?patient=demo-no-breast-cancer", 1),
        ("FamilyMemberHistory?patient=demo-liver", 0),
        ("CarePlan?patient=demo-liver", 0),
        ("QuestionnaireResponse?patient=demo-liver&status=completed&authored=ge2026-01-01", 0),
        ("Patient?_id=demo-liver,demo-lung", 2),
        ("Patient?gender=male", 1),
    ],
)
async def test_a_search_finds_what_its_parameters_say(client: httpx.AsyncClient, query: str, expected: int) -> None:
    """The same hits by GET and by form; `total` counts them."""
    kind, _, parameters = query.partition("?")
    by_get = await client.get(f"/{query}")
    by_form = await client.post(
        f"/{kind}/_search",
        content=parameters,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert len(found(by_get)) == by_get.json()["total"] == expected
    assert by_form.json() == by_get.json()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "query, honoured",
    [
        ("Condition?patient=demo-lung&_include=Condition:encounter", "patient=demo-lung"),
        ("Condition?patient=demo-lung&code:in=http%3A%2F%2Fexample.org%2Fset", "patient=demo-lung"),
        ("Condition?patient=demo-lung&_sort=-severity", "patient=demo-lung"),
        ("Condition?patient=demo-lung&recorded-date=ap2026", "patient=demo-lung"),
        ("Condition?patient=demo-lung&recorded-date=soon", "patient=demo-lung"),
        ("Condition?patient=demo-lung&code=", "patient=demo-lung"),
        ("Condition?patient=demo-lung&_count=many", "patient=demo-lung"),
        ("Condition?patient=demo-lung&_sort=-recorded-date", "patient=demo-lung&_sort=-recorded-date"),
        ("Condition?patient=demo-lung&_count=9999", "patient=demo-lung&_count=200"),
    ],
)
async def test_what_is_not_understood_is_ignored_and_missing_in_the_self_link(
    client: httpx.AsyncClient, query: str, honoured: str
) -> None:
    """A reader learns from `self` which parameters had an effect."""
    answer = await client.get(f"/{query}")
    assert len(found(answer)) == 7
    assert link(answer, "self") == f"{BASE}/Condition?{honoured}"


@pytest.mark.anyio
async def test_a_search_without_parameters_links_to_itself(client: httpx.AsyncClient) -> None:
    """Without a stray question mark."""
    assert link(await client.get("/Patient"), "self") == f"{BASE}/Patient"


@pytest.mark.anyio
async def test_hits_can_be_sorted_by_date_both_ways(client: httpx.AsyncClient) -> None:
    """Newest first with a minus, oldest first without."""
    query = f"/Observation?patient={LIVER}&code=29463-7&_sort="
    newest_first = [item["effectiveDateTime"] for item in found(await client.get(f"{query}-date"))]
    assert newest_first == sorted(newest_first, reverse=True)
    assert [item["effectiveDateTime"] for item in found(await client.get(f"{query}date"))] == newest_first[::-1]


@pytest.mark.anyio
async def test_an_unreadable_date_stands_last_and_is_never_found_by_date(client: httpx.AsyncClient) -> None:
    """The resource stays in the chart: only questions about its date can't find it."""
    query = "/Condition?patient=demo-unreadable"
    newest_first = found(await client.get(f"{query}&_sort=-recorded-date"))
    assert [item["id"] for item in newest_first] == ["demo-unreadable-breast-cancer", "demo-unreadable-lump"]
    dated = found(await client.get(f"{query}&recorded-date=ge1900"))
    assert [item["id"] for item in dated] == ["demo-unreadable-breast-cancer"]


def test_a_period_without_an_end_is_found_by_its_start() -> None:
    """A treatment that goes on has a date to search by."""
    ongoing = {
        "resourceType": "Procedure",
        "id": "radiotherapy",
        "subject": {"reference": "Patient/example"},
        "performedPeriod": {"start": "2026-06-01"},
    }
    assert stored(ongoing).dates == {"date": Days(date(2026, 6, 1), date(2026, 6, 1))}


@pytest.mark.anyio
async def test_pages_follow_one_another_under_the_same_base(client: httpx.AsyncClient) -> None:
    """Every hit is on one page, `total` is the same on each, and the last page has no `next`."""
    query = f"/Observation?patient={LIVER}&_sort=-date"
    whole = found(await client.get(query))
    url: str | None = f"{BASE}{query}&_count=5"
    paged: list[dict[str, Any]] = []
    while url is not None:
        assert url.startswith(f"{BASE}/Observation?patient={LIVER}&_sort=-date&_count=5")
        answer = await client.get(url)
        assert answer.json()["total"] == len(whole)
        paged += found(answer)
        url = link(answer, "next")
    assert paged == whole
    assert len(whole) > 15


@pytest.mark.anyio
async def test_a_form_search_goes_on_with_get(client: httpx.AsyncClient) -> None:
    """The next link of a POST search is an address to GET."""
    answer = await client.post("/Observation/_search", data={"patient": LIVER, "_count": "2"})
    following = link(answer, "next")
    assert following == f"{BASE}/Observation?patient={LIVER}&_count=2&_offset=2"
    assert len(found(await client.get(following))) == 2


@pytest.mark.anyio
async def test_a_count_of_zero_only_counts(client: httpx.AsyncClient) -> None:
    """No entries and no next page."""
    answer = await client.get(f"/Observation?patient={LIVER}&_count=0")
    assert found(answer) == []
    assert answer.json()["total"] > 15
    assert link(answer, "next") is None


@pytest.mark.anyio
async def test_links_start_with_the_public_address_when_there_is_one() -> None:
    """Behind a proxy the address that was asked is not the one to give out."""
    async with demo_client("https://demo.example.org/") as fhir:
        answer = await fhir.get("/Patient?_count=1")
        listed = (await fhir.get("http://127.0.0.1:8000/demo/patients")).json()
    assert link(answer, "self") == "https://demo.example.org/demo/fhir/Patient?_count=1"
    assert "fhirServiceUrl=https%3A%2F%2Fdemo.example.org%2Fdemo%2Ffhir&" in listed["patients"][0]["sandbox"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "method, path, content, status, code",
    [
        ("GET", "/Patient/nobody", b"", 404, "not-found"),
        ("GET", f"/Condition/{LIVER}", b"", 404, "not-found"),
        ("GET", "/Spaceship", b"", 404, "not-found"),
        ("GET", "/Spaceship/1", b"", 404, "not-found"),
        ("GET", "/Patient/a/b/c", b"", 404, "not-found"),
        ("POST", "/Spaceship/_search", b"", 404, "not-found"),
        ("POST", "/_services/smart/Launch", b"{}", 404, "not-found"),
        ("POST", "/Patient", b"{}", 405, "not-supported"),
        ("PUT", f"/Patient/{LIVER}", b"{}", 405, "not-supported"),
        ("DELETE", f"/Patient/{LIVER}", b"", 405, "not-supported"),
        ("POST", "/Condition/_search", b"\xff", 400, "invalid"),
        ("POST", "/Condition/_search", b"&".join([b"a=1"] * 101), 400, "invalid"),
        ("POST", "/Condition/_search", b"a" * 65_537, 413, "too-long"),
    ],
)
async def test_an_error_is_an_operation_outcome_and_never_401(  # noqa: PLR0913, PLR0917 - one argument a column
    client: httpx.AsyncClient, method: str, path: str, content: bytes, status: int, code: str
) -> None:
    """With FHIR's content type, FHIR's issue type, and a text."""
    answer = await client.request(method, path, content=content)
    outcome = answer.json()
    get_fhir_model_class("OperationOutcome").model_validate(outcome)
    assert (answer.status_code, outcome["issue"][0]["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/fhir+json"


@pytest.mark.anyio
async def test_every_searchset_is_valid_fhir(client: httpx.AsyncClient) -> None:
    """Bundles pass the strict model, hits or none."""
    for query, hits in (("Patient?_count=2", 2), ("Condition?patient=nobody", 0), (f"Condition?patient={LIVER}", 4)):
        answer = await client.get(f"/{query}")
        bundle = get_fhir_model_class("Bundle").model_validate(json.loads(answer.content)).model_dump()
        assert (bundle["type"], len(bundle.get("entry", ()))) == ("searchset", hits), query


@pytest.mark.anyio
async def test_charts_follow_the_clock_when_its_day_changes() -> None:
    """A demo that runs over midnight shows the next day's charts."""
    clock = MovableClock(TODAY)
    app = create_app(Settings(profile=Profile.DEMO), clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as fhir:
        before = (await fhir.get("/Condition/demo-brain-headache")).json()["recordedDate"]
        clock.day = date(2026, 6, 16)
        after = (await fhir.get("/Condition/demo-brain-headache")).json()["recordedDate"]
    assert (before, after) == ("2026-06-13", "2026-06-14")
