"""The demo's charts and page: charts fit for any day, a page that runs nothing but its own files.

It must not test what the cards say: tests/rules and tests/cards do.
It is itself a test.
"""

import json
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from cds_service.demo.charts import ORDER, Charts, load_charts
from cds_service.demo.links import sandbox_url
from cds_service.demo.page import static_files
from cds_service.demo.relative_dates import resolved
from rules.registry import RULES
from tests.demo.demo_service import demo_client

TODAY = date(2026, 6, 15)
ODD_DAYS = [date(2024, 2, 29), date(2023, 3, 1), date(2026, 1, 1), date(2026, 12, 31), date(2026, 3, 31)]
UNREADABLE = "demo-unreadable"
IDS = [f"demo-{name}" for name in ORDER]


def resources(charts: Charts, patient_id: str) -> list[dict[str, Any]]:
    """Return a chart's resources as JSON objects."""
    return [json.loads(bytes(item.raw)) for item in charts.by_patient[patient_id]]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A browser's view of the demo, on a fixed day."""
    async with demo_client(TODAY) as browser:
        yield browser


@pytest.mark.parametrize(
    "text, expected",
    [
        ("{{today}}", "2024-02-29"),
        ("{{today-14d}}", "2024-02-15"),
        ("{{today-1y}}", "2023-02-28"),
        ("{{today-4y}}", "2020-02-29"),
        ("{{today-2m}}", "2023-12-29"),
        ("{{today-3m}}T08:05:00Z", "2023-11-29T08:05:00Z"),
        ("{{today-1y-1m}}", "2023-01-28"),
    ],
)
def test_a_relative_date_is_counted_back_from_the_day_shown(text: str, expected: str) -> None:
    """Months and years end on the month's last day where the day does not exist."""
    assert resolved(text, date(2024, 2, 29)) == expected


@pytest.mark.parametrize("text", ["{{today+3d}}", "{{today-3w}}", "{{tomorrow}}", "{{today -3d}}"])
def test_a_misspelt_relative_date_is_an_error(text: str) -> None:
    """A token that reached a reader as text would be an unreadable date that nobody meant."""
    with pytest.raises(ValueError, match="relative date"):
        resolved(text, TODAY)


@pytest.mark.parametrize("today", ODD_DAYS, ids=str)
def test_every_chart_can_be_shown_on_any_day(today: date) -> None:
    """Every chart is there with its Patient first, and all that it holds is about that patient."""
    charts = load_charts(today)
    assert list(charts.by_patient) == IDS
    for patient_id, items in charts.by_patient.items():
        assert (items[0].type, items[0].id) == ("Patient", patient_id)
        assert {item.patient for item in items} == {patient_id}


@pytest.mark.parametrize("today", ODD_DAYS, ids=str)
def test_every_day_of_a_chart_moves_with_the_day_shown(today: date) -> None:
    """The newest record of every readable chart stays as old as it was written, and nothing lies in the future."""
    newest = {
        patient_id: today - max(span.last for item in items for span in item.dates.values())
        for patient_id, items in load_charts(today).by_patient.items()
    }
    written = {
        patient_id: TODAY - max(span.last for item in items for span in item.dates.values())
        for patient_id, items in load_charts(TODAY).by_patient.items()
    }
    assert newest == written
    assert min(newest.values()) > timedelta(0)


@pytest.mark.parametrize("patient_id", [name for name in IDS if name != UNREADABLE])
@pytest.mark.parametrize("today", [TODAY, date(2024, 2, 29)], ids=str)
def test_every_resource_of_a_readable_chart_is_valid_fhir(patient_id: str, today: date) -> None:
    """The strict models take each resource as it is served."""
    served = resources(load_charts(today), patient_id)

    read = [get_fhir_model_class(resource["resourceType"]).model_validate(resource) for resource in served]

    assert [model.model_dump()["id"] for model in read] == [resource["id"] for resource in served]
    assert patient_id in {resource["id"] for resource in served}


def test_the_unreadable_chart_holds_an_impossible_date_and_weights_without_unit() -> None:
    """The one chart that strict models refuse is refused for its date, and its weights name no unit."""
    refused = []
    chart = resources(load_charts(TODAY), UNREADABLE)
    for resource in chart:
        try:
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        except ValidationError:
            refused.append(resource["id"])
    assert refused == ["demo-unreadable-lump"]
    weights = [item["valueQuantity"] for item in chart if item["id"].startswith("demo-unreadable-weight")]
    assert weights == [{"value": 75.0}, {"value": 67.5}]


def test_ids_are_unique_in_all_charts() -> None:
    """A reference names one resource only."""
    seen = [(item.type, item.id) for items in load_charts(TODAY).by_patient.values() for item in items]
    assert len(seen) == len(set(seen))


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/", *(f"/demo/static/{name}" for name in sorted(static_files()))])
async def test_the_page_runs_only_what_the_package_holds(client: httpx.AsyncClient, path: str) -> None:
    """Every file of the page comes with the strict policy."""
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.anyio
async def test_the_page_has_no_inline_script_or_style_and_names_what_is_not_signed_off(
    client: httpx.AsyncClient,
) -> None:
    """The policy would block them; and the reader sees the clinical status without scrolling or clicking."""
    page = (await client.get("/")).text
    assert "<style" not in page
    assert " style=" not in page
    assert " on" not in "".join(part.partition(">")[0] for part in page.split("<"))
    assert page.count("<script") == page.count('<script type="module" src=') == 1
    assert "Not signed off by a practising clinician; all patients invented." in page


@pytest.mark.parametrize("name", sorted(name for name in static_files() if name.endswith(".js")))
def test_the_page_s_modules_are_small_and_import_each_other_only(name: str) -> None:
    """What a reader can hold in mind, and nothing of anybody else."""
    module = static_files()[name].decode()

    imported = re.findall(r'^(?:import|export) .*from "([^"]+)"|import\("([^"]+)"\)', module, re.MULTILINE)

    assert len(module.splitlines()) < 200
    assert {source for pair in imported for source in pair if source} <= {f"./{each}" for each in static_files()}
    assert "http://" not in module.replace("http://127.0.0.1", "")
    assert "innerHTML" not in module


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["page.py", "demo.html", "..%2Fpage.py", "..%2F..%2Fsettings.py"])
async def test_nothing_but_the_page_s_files_is_served(client: httpx.AsyncClient, name: str) -> None:
    """A name that is not of the page is not found, whatever lies beside it."""
    assert (await client.get(f"/demo/static/{name}")).status_code == 404


@pytest.mark.anyio
async def test_the_page_s_list_names_every_patient_and_what_the_chart_shows(client: httpx.AsyncClient) -> None:
    """In the page's order, each with a link to the public sandbox; and the day that the charts are made for."""
    answer = (await client.get("/demo/patients")).json()
    listed = answer["patients"]
    assert answer["today"] == TODAY.isoformat()
    assert [item["id"] for item in listed] == IDS
    assert listed[0] == {
        "id": "demo-brain",
        "name": "Odile Marchetti",
        "gender": "female",
        "birthDate": "1973-11-15",
        "about": "Severe headache with vomiting, four years after HER2-positive cancer",
        "moments": [],
        "sandbox": sandbox_url("http://127.0.0.1:8000", "demo-brain"),
    }
    assert listed[1]["moments"][0] == {"asOf": "2026-03-17", "label": "Before"}


@pytest.mark.anyio
async def test_the_page_can_name_every_rule(client: httpx.AsyncClient) -> None:
    """The trace has ids only."""
    named = (await client.get("/demo/rules")).json()
    assert set(named) == {rule.id for rule in RULES}
    assert named["BRAIN-1"] == "New or changed headache"


def test_the_sandbox_link_is_filled_in_and_url_encoded() -> None:
    """The four parameters that the public sandbox reads; no slash after cds-services."""
    assert sandbox_url("http://127.0.0.1:8000/", "demo-lung") == (
        "https://sandbox.cds-hooks.org/?fhirServiceUrl=http%3A%2F%2F127.0.0.1%3A8000%2Fdemo%2Ffhir"
        "&patientId=demo-lung&serviceDiscoveryURL=http%3A%2F%2F127.0.0.1%3A8000%2Fcds-services&hook=patient-view"
    )
