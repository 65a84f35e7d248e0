"""The public sandbox's requests, in its order: to the demo's FHIR endpoint and to the service, preflights included.

It must not ask anything that the sandbox does not ask.
It is itself a test.
"""

from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.demo.demo_service import BASE, FHIR, demo_client

pytestmark = pytest.mark.anyio

ORIGIN = "https://sandbox.cds-hooks.org"
PATIENT = "demo-brain"
TOKEN = {"Authorization": "Bearer eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJzYW5kYm94In0.c2lnbmF0dXJl"}
OLD_FHIR_JSON = "application/json+fhir"
SIMPLE_HEADERS = {"accept", "origin"}


class Sandbox:
    """A page of another origin: it may read an answer only when the headers say so, and asks before it sends."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, method: str, url: str, headers: dict[str, str], content: str = "") -> httpx.Response:
        """Return the answer to a request, after the preflight that a browser sends to a private network."""
        await self._preflight(method, url, headers)
        answer = await self._client.request(method, url, headers={"Origin": ORIGIN, **headers}, content=content)
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in answer.headers
        return answer

    async def _preflight(self, method: str, url: str, headers: dict[str, str]) -> None:
        names = sorted({name.lower() for name in headers} - SIMPLE_HEADERS)
        asked = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": ",".join(names),
            "Access-Control-Request-Private-Network": "true",
        }
        answer = await self._client.options(url, headers=asked)
        assert answer.is_success
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-allow-private-network"] == "true"
        assert method in answer.headers["access-control-allow-methods"].split(", ")
        assert set(names) <= set(answer.headers["access-control-allow-headers"].lower().split(", "))

    async def fhir(self, path: str, accept: str = OLD_FHIR_JSON) -> httpx.Response:
        """Return the answer of the FHIR server to a GET."""
        return await self.ask("GET", f"{FHIR}/{path}", {"Accept": accept})

    async def search_by_form(self, template: str) -> httpx.Response:
        """Return the answer to a prefetch search: POST first, each value decoded and encoded again."""
        kind, _, query = template.partition("?")
        form = dict(parse_qsl(query))
        assert len(form) == len(parse_qsl(query)), "the sandbox joins repeated parameters, which changes their meaning"
        content = str(httpx.QueryParams(form))
        headers = {"Accept": OLD_FHIR_JSON, "Content-Type": "application/x-www-form-urlencoded"}
        return await self.ask("POST", f"{FHIR}/{kind}/_search", headers, content)

    async def prefetch(self, template: str) -> Any:  # noqa: ANN401 - JSON
        """Return what the sandbox sends under a prefetch key."""
        asked = template.replace("{{context.patientId}}", PATIENT)
        assert "{{" not in asked, "the sandbox sends an unknown token as it stands"
        answer = await (self.search_by_form(asked) if "?" in asked else self.fhir(asked))
        assert answer.status_code == 200
        return answer.json()

    async def post(self, url: str, body: str) -> httpx.Response:
        """Return the service's answer to a call or to feedback."""
        return await self.ask("POST", url, {**TOKEN, "Content-Type": "application/json"}, body)


async def opened_page(sandbox: Sandbox) -> None:
    """Ask what the page asks of the FHIR server when it opens on a patient."""
    metadata = await sandbox.fhir("metadata", accept="application/json")
    assert (metadata.status_code, metadata.json()["resourceType"]) == (200, "CapabilityStatement")
    assert (await sandbox.fhir("Patient")).status_code != 401
    name = (await sandbox.fhir(f"Patient/{PATIENT}")).json()["name"][0]
    assert name["given"]
    assert name["family"]
    conditions = (await sandbox.fhir(f"Condition?patient={PATIENT}")).json()
    assert conditions["total"] == len(conditions["entry"]) > 0


async def discovered(sandbox: Sandbox, discovery_url: str) -> dict[str, Any]:
    """Return the one service that discovery lists."""
    answer = await sandbox.ask("GET", discovery_url, {**TOKEN, "Accept": "application/json"})
    assert answer.status_code == 200
    (service,) = answer.json()["services"]
    assert service["hook"] == "patient-view"
    return dict(service)


def call_body(prefetch: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a call: no encounterId, no authorization, always a fhirServer."""
    return {
        "hookInstance": "5e5f9f2b-6f0c-4a42-9c0e-3d0a3b3c5a11",
        "hook": "patient-view",
        "fhirServer": FHIR,
        "context": {"patientId": PATIENT, "userId": "Practitioner/COREPRACTITIONER1"},
        "prefetch": prefetch,
    }


def feedback_body(card: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
    """Return one item of feedback as the sandbox writes it, with milliseconds."""
    return {"feedback": [{"card": card["uuid"], "outcomeTimestamp": "2026-06-15T10:20:30.456Z", **outcome}]}


def as_json(body: dict[str, Any]) -> str:
    """Return the body as JSON text."""
    return httpx.Request("POST", BASE, json=body).content.decode()


@pytest.mark.parametrize("discovery_url", [f"{BASE}/cds-services", f"{BASE}/cds-services/"])
async def test_the_public_sandbox_gets_a_card_and_can_answer_it(discovery_url: str) -> None:
    """From the first request for metadata to feedback on the card, also with the doubled slash."""
    async with demo_client() as client:
        sandbox = Sandbox(client)
        await opened_page(sandbox)
        service = await discovered(sandbox, discovery_url)
        prefetch = {key: await sandbox.prefetch(template) for key, template in service["prefetch"].items()}
        service_url = f"{discovery_url}/{service['id']}"
        answer = await sandbox.post(service_url, as_json(call_body(prefetch)))
        assert answer.status_code == 200
        (card,) = answer.json()["cards"]
        assert (card["indicator"], card["source"]["topic"]["code"]) == ("critical", "brain")
        assert card["summary"].startswith("Same-day assessment:")
        assert all(reason["display"] for reason in card["overrideReasons"])
        accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}]}
        code, system = card["overrideReasons"][0]["code"], card["overrideReasons"][0]["system"]
        overridden = {"outcome": "overridden", "overrideReason": {"reason": {"code": code, "system": system}}}
        for outcome in (accepted, overridden):
            sent = await sandbox.post(f"{service_url}/feedback", as_json(feedback_body(card, outcome)))
            assert sent.status_code == 200


async def test_the_public_sandbox_can_read_why_a_call_was_refused() -> None:
    """Error answers of the service and of the FHIR endpoint carry the CORS headers too."""
    async with demo_client() as client:
        sandbox = Sandbox(client)
        refused = await sandbox.post(f"{BASE}/cds-services/breast-cancer-recurrence", "{}")
        assert (refused.status_code, refused.json()["resourceType"]) == (400, "OperationOutcome")
        launch = await sandbox.ask("POST", f"{FHIR}/_services/smart/Launch", {"Content-Type": "application/json"}, "{}")
        assert (launch.status_code, launch.json()["resourceType"]) == (404, "OperationOutcome")


async def test_another_page_may_not_read_the_demo() -> None:
    """An origin that is not listed gets no CORS header."""
    async with demo_client() as client:
        answer = await client.get(f"{FHIR}/Patient", headers={"Origin": "https://page.example"})
    assert "access-control-allow-origin" not in answer.headers
