"""The artefacts over HTTP."""

import json
import subprocess
import sys

import pytest

from cds_service.app import create_app
from cds_service.config.settings import Profile, Settings
from cds_service.publication.artefacts.library import artefact
from tests.service.small_service import calling, error_code, small_app

pytestmark = pytest.mark.anyio
PATH = "/fhir/ValueSet/headache"
AT_START = """
import sys
from cds_service.app import create_app
from cds_service.hooks import warm_up
from cds_service.config.settings import Settings
create_app(Settings())
warm_up()
late = ("jinja2", "cds_service.publication", "cds_service.publication.artefacts")
print([name for name in sys.modules if name.startswith(late)])
"""


async def test_an_artefact_is_read_by_its_type_and_id() -> None:
    """The bytes that are committed under docs/fhir; in production too."""
    async with calling(create_app(Settings(profile=Profile.PRODUCTION))) as client:
        answer = await client.get(PATH)
        head = await client.head(PATH)

    assert answer.status_code == head.status_code == 200
    assert answer.content == artefact("ValueSet", "headache")
    assert answer.headers["content-type"] == "application/fhir+json"
    assert head.headers["content-length"] == str(len(answer.content))
    assert head.content == b""


async def test_the_library_leads_to_everything_that_can_be_read() -> None:
    """A reader needs no search."""
    async with calling(small_app()) as client:
        library = json.loads((await client.get("/fhir/Library/recurrence-work-up")).content)
        for item in library["relatedArtifact"][::40]:
            kind, name = item["resource"].split("|")[0].split(":")[2:]
            versioned = f"{name}-{item['resource'].split('|')[1]}" if kind == "PlanDefinition" else name
            assert (await client.get(f"/fhir/{kind}/{versioned}")).status_code == 200


@pytest.mark.parametrize("path", ["/fhir/ValueSet/nothing", "/fhir/Patient/1", "/fhir/metadata", "/fhir/ValueSet"])
async def test_what_is_no_artefact_is_not_found(path: str) -> None:
    """As an OperationOutcome that does not repeat the path."""
    async with calling(small_app()) as client:
        answer = await client.get(path)

    assert answer.status_code == 404
    assert error_code(answer) == "not-found"
    assert "nothing" not in answer.text.replace("There is nothing under this path", "")


async def test_artefacts_are_read_only() -> None:
    """The answer names what is allowed."""
    async with calling(small_app()) as client:
        answer = await client.post(PATH)

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


async def test_a_listed_page_may_read_an_artefact() -> None:
    """The same headers as everywhere."""
    origin = "https://sandbox.cds-hooks.org"
    async with calling(small_app()) as client:
        listed = await client.get(PATH, headers={"Origin": origin})
        other = await client.get(PATH, headers={"Origin": "https://example.org"})

    assert listed.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-origin" not in other.headers


async def test_the_demos_own_fhir_server_stands_beside_the_artefacts() -> None:
    """Two addresses, two kinds of resources."""
    async with calling(create_app(Settings(profile=Profile.DEMO))) as client:
        patient = await client.get("/demo/fhir/Patient?_count=1")
        definition = await client.get("/fhir/ActivityDefinition/cxr")
        neither = await client.get("/demo/fhir/ActivityDefinition/cxr")

    assert (patient.status_code, definition.status_code, neither.status_code) == (200, 200, 404)


def test_nothing_of_the_publications_is_loaded_at_start() -> None:
    """Workers that nobody asks for them stay as small as they were."""
    command = [sys.executable, "-c", AT_START]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own code

    assert loaded.stdout.strip() == "[]"
