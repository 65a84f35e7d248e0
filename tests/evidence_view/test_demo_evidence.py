"""The evidence view of the demo: opened directly, for the demo's own patients alone."""

import pytest

from cds_service.app import create_app
from cds_service.config.settings import Settings
from cds_service.demo.charts import load_charts
from tests.demo.demo_service import TODAY, demo_client
from tests.service.small_service import calling

pytestmark = pytest.mark.anyio
PATIENTS = [portrait.id for portrait in load_charts(TODAY).portraits]


@pytest.mark.parametrize("patient", PATIENTS)
async def test_every_chart_of_the_demo_has_a_page(patient: str) -> None:
    """With the patient's name, and without a word that the template could not fill."""
    name = next(portrait.name for portrait in load_charts(TODAY).portraits if portrait.id == patient)
    async with demo_client() as client:
        page = await client.get("/demo/evidence", params={"patient": patient})

    assert page.status_code == 200
    assert name in page.text
    assert f'As of <time datetime="{TODAY}">' in page.text
    assert page.headers["content-security-policy"].endswith("frame-ancestors 'none'")


async def test_the_page_may_be_of_another_day() -> None:
    """As the demo's day is moved."""
    async with demo_client() as client:
        page = await client.get("/demo/evidence", params={"patient": "demo-brain", "asOf": "2026-07-01"})

    assert 'datetime="2026-07-01"' in page.text


async def test_the_page_may_be_in_german() -> None:
    """As the cards may be."""
    async with demo_client() as client:
        page = await client.get("/demo/evidence", params={"patient": "demo-brain", "language": "de"})

    assert '<html lang="de">' in page.text
    assert "Grundlage der Rezidivabklärung" in page.text


@pytest.mark.parametrize(
    "query, status",
    [
        ({}, 404),
        ({"patient": "nobody"}, 404),
        ({"patient": "../demo-brain"}, 404),
        ({"patient": "demo-brain", "asOf": "tomorrow"}, 400),
        ({"patient": "demo-brain", "language": "fr"}, 400),
    ],
    ids=["none", "unknown", "path", "no-day", "no-language"],
)
async def test_who_is_not_of_the_demo_has_no_page(query: dict[str, str], status: int) -> None:
    """An error as everywhere in the service."""
    async with demo_client() as client:
        page = await client.get("/demo/evidence", params=query)

    assert page.status_code == status
    assert page.headers["content-type"] == "application/fhir+json"


async def test_outside_the_demo_no_page_opens_by_itself() -> None:
    """Nor is there a launch where no client has the app."""
    async with calling(create_app(Settings())) as client:
        for path in ("/demo/evidence?patient=demo-brain", "/smart/launch?iss=a&launch=b", "/smart/callback"):
            assert (await client.get(path)).status_code == 404
