"""Vignettes of rules/*/cases.yaml through the HTTP service: by prefetch, and by fetching from a FHIR server."""

import json
import random
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.fhir.chart.sources import TEMPLATES
from tests.vignettes import Vignette, all_vignettes, bundle_of, prefetch, resources

URL = "/cds-services/breast-cancer-recurrence"
EXTENSION = "org.recurrence-cds.assessment"
FHIR = "http://127.0.0.1:9999/fhir"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
PRIORITY = {"info": "routine", "warning": "urgent", "critical": "stat"}
SEED = 20261201
_CASES = all_vignettes()
_OTHERS = [case for case in _CASES if not case.id.startswith("V")]
TENTH = random.Random(SEED).sample(_OTHERS, len(_OTHERS) // 10)
CHOSEN = (*(case for case in _CASES if case.id.startswith("V")), *sorted(TENTH, key=lambda case: case.id))
"""Every shared vignette and a tenth of the other cases; tests/rules/test_cases.py judges all of them in process."""


def call_of(case: Vignette, **more: object) -> dict[str, Any]:
    """Return the request of an EHR that opens the chart of a case."""
    context = {"userId": "Practitioner/example", "patientId": case.id.lower()}
    return {"hook": "patient-view", "hookInstance": INSTANCE, "context": context, **more}


def came_out(response: httpx.Response) -> tuple[str, dict[str, str], list[str]]:
    """Return state, sites with levels (`incomplete` is no site), and proposed work-up keys of a response."""
    assert response.status_code == 200, response.text
    answer = response.json()
    sites = {
        card["source"]["topic"]["code"].replace("regionalnode", "regional-node"): card["indicator"]
        for card in answer["cards"]
        if card["source"]["topic"]["code"] != "incomplete"
    }
    return answer["extension"][EXTENSION]["state"], sites, sorted(orders_of(answer))


def orders_of(answer: Mapping[str, Any]) -> set[str]:
    """Return the work-up keys of all suggestions, each checked to be a sound draft."""
    keys = set()
    for card in answer["cards"]:
        for suggestion in card.get("suggestions", ()):
            (action,) = suggestion["actions"]
            order = action["resource"]
            ServiceRequest.model_validate(order)
            assert (action["type"], order["status"], order["intent"]) == ("create", "draft", "proposal")
            assert order["priority"] == PRIORITY[card["indicator"]]
            assert suggestion["isRecommended"] is True
            keys.add(key_of(order))
    return keys


def key_of(order: Mapping[str, Any]) -> str:
    """Return the work-up key whose codes an order carries."""
    coding = order["code"]["coding"][0]
    return WORKUP[coding["code"]]


def _workup() -> dict[str, str]:
    from rules.codes import catalogue  # noqa: PLC0415 - the table of the product itself

    return {row.code.value: row.concept for row in catalogue().rows if row.role == "workup"}


WORKUP = _workup()


@pytest.fixture
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service whose clock stands on the day of the case."""
    case: Vignette = request.getfixturevalue("case")
    app = create_app(Settings(), FixedClock(case.as_of))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as found:
        yield found


@pytest.mark.sweep
@pytest.mark.anyio
@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.id)
async def test_a_case_gives_exactly_its_cards_when_everything_is_prefetched(
    case: Vignette, client: httpx.AsyncClient
) -> None:
    """State, sites, levels and primary orders are those that the case states."""
    body = call_of(case, prefetch=prefetch(case, TEMPLATES))

    response = await client.post(URL, json=body)

    assert came_out(response) == (case.state, dict(case.sites), sorted(case.workup))


@pytest.mark.sweep
@pytest.mark.anyio
@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.id)
async def test_a_case_gives_exactly_its_cards_when_everything_is_fetched(
    case: Vignette, client: httpx.AsyncClient
) -> None:
    """The same, with nothing prefetched: every source is read from the EHR's FHIR server, with its token."""
    chart = resources(case)
    with respx.mock(assert_all_called=False) as server:
        server.route(url__startswith=FHIR).mock(side_effect=lambda request: fhir_answer(request, chart))
        token = {"access_token": "secret", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read"}
        body = call_of(case, fhirServer=FHIR, fhirAuthorization=token | {"subject": "service"})

        response = await client.post(URL, json=body)

        assert {call.request.headers["authorization"] for call in server.calls} == {"Bearer secret"}
        assert len(server.calls) == len(TEMPLATES)
    assert came_out(response) == (case.state, dict(case.sites), sorted(case.workup))


def fhir_answer(request: httpx.Request, chart: list[dict[str, Any]]) -> httpx.Response:
    """Return what a FHIR server with this chart answers to a read or a search."""
    url = urlsplit(str(request.url))
    kind, _, resource_id = url.path.removeprefix("/fhir/").partition("/")
    if resource_id:
        found = next((r for r in chart if r["resourceType"] == kind and r["id"] == resource_id), None)
        return (
            httpx.Response(200, json=found) if found else httpx.Response(404, json={"resourceType": "OperationOutcome"})
        )
    assert parse_qs(url.query)["patient"] == [chart[0]["id"]]
    return httpx.Response(200, content=json.dumps(bundle_of([r for r in chart if r["resourceType"] == kind])))
