"""The OpenAPI document: it describes all of a call, no more statuses than there are, and is not there in production.

It must not send generated requests: tests/generative/test_schemathesis.py does.
It tests cds_service/api/openapi.py and cds_service/api/schemas.py.
"""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from cds_service.app import create_app
from cds_service.config.settings import Profile, Settings
from cds_service.errors import CdsError, InternalError, KeyNeeded
from cds_service.fhir.chart.sources import TEMPLATES
from cds_service.smart.errors import LaunchError
from tests.builders import URL
from tests.service.registered_service import registered
from tests.service.small_service import calling, every_error, small_app

DOCUMENT: dict[str, Any] = create_app(Settings()).openapi()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    (path, method): operation for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
}


def _statuses(path: str, method: str = "post") -> set[int]:
    return {int(status) for status in OPERATIONS[path, method]["responses"]}


async def _served(settings: Settings) -> httpx.Response:
    async with calling(create_app(settings)) as client:
        return await client.get("/openapi.json")


@pytest.mark.anyio
async def test_the_document_is_served_as_it_was_made() -> None:
    """In development and in the demo."""
    for profile in (Profile.DEVELOPMENT, Profile.DEMO):
        served = await _served(Settings(profile=profile))
        assert served.status_code == 200
        assert served.json() == DOCUMENT


@pytest.mark.anyio
async def test_the_document_is_not_served_in_production(tmp_path: Path) -> None:
    """Nor are the pages made from it."""
    async with calling(create_app(registered(tmp_path))) as client:
        assert [(await client.get(path)).status_code for path in ("/openapi.json", "/docs", "/redoc")] == [404] * 3


def test_a_call_is_described_with_every_element_of_the_standard() -> None:
    """Those that the service reads, those that it passes over, and each prefetch key of discovery."""
    call = SCHEMAS["Call-breast-cancer-recurrence"]

    assert call["required"] == ["hook", "hookInstance", "context"]
    assert set(call["properties"]) == {
        *call["required"],
        "fhirServer",
        "fhirAuthorization",
        "prefetch",
        "extension",
    }
    assert set(call["properties"]["context"]["properties"]) == {"userId", "patientId", "encounterId"}
    assert set(SCHEMAS["FhirAuthorization"]["properties"]) == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "subject",
        "patient",
    }
    keys = call["properties"]["prefetch"]["properties"]
    assert {key: re.match("`(.*?)`", value["description"])[1] for key, value in keys.items()} == TEMPLATES  # type: ignore[index]


def test_each_endpoint_of_the_standard_names_the_statuses_that_it_may_answer() -> None:
    """A body can be wrong in four ways, a chart in one, a caller in one; a store that is down is a 503."""
    body = {400, 408, 413, 415}
    shared = {200, 401, 405, 503}

    assert _statuses("/cds-services", "get") == shared
    assert _statuses(URL) == shared | body | {404, 412}
    assert _statuses(f"{URL}/feedback") == shared | body | {404}


def test_every_error_but_our_own_mistakes_is_documented_with_its_code() -> None:
    """What an integrator reads is what the tree of errors holds."""
    responses = DOCUMENT["components"]["responses"]
    of_the_api = [error for error in every_error() if not issubclass(error, LaunchError | KeyNeeded)]
    for error in of_the_api:
        if error not in (CdsError, InternalError):
            assert error.code in responses[f"E{error.status}"]["description"]
    used = {status for path, method in OPERATIONS for status in _statuses(path, method)} - {200}
    assert used == {error.status for error in of_the_api} - {500}


def test_every_reference_of_the_document_leads_somewhere() -> None:
    """A reader of the document meets no hole."""
    for reference in re.findall(r'"#/([^"]*)"', json.dumps(DOCUMENT)):
        found: Any = DOCUMENT
        for step in reference.split("/"):
            found = found[step]
        assert found


def test_the_document_follows_the_hooks_that_are_offered() -> None:
    """A service that is added is described without another line."""
    assert "/cds-services/small" in small_app().openapi()["paths"]
