"""Charts in FHIR JSON, built step by step, and a FHIR server that holds one.

It must not know what a chart should lead to.
Its tests are those that use it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import respx

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.fhir.chart.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DAY = date(2026, 6, 15)
PATIENT = "p1"
FHIR = "http://127.0.0.1:9999/fhir"
URL = "/cds-services/breast-cancer-recurrence"
EXTENSION = "org.recurrence-cds.assessment"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"

Resource = dict[str, Any]


def concept(code: str, system: str = ICD) -> Resource:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code}]}


def condition(code: str, recorded: str | None = "2026-06-02", *, system: str = ICD, **more: object) -> Resource:
    """A Condition, without an id."""
    dated = {} if recorded is None else {"recordedDate": recorded}
    return {"resourceType": "Condition", "code": concept(code, system), **dated, **more}


def observation(code: str, when: str | None = "2026-06-10", *, system: str = LOINC, **more: object) -> Resource:
    """A final Observation, without an id."""
    dated = {} if when is None else {"effectiveDateTime": when}
    return {"resourceType": "Observation", "status": "final", "code": concept(code, system), **dated, **more}


def weight(kg: object, when: str, unit: str | None = "kg") -> Resource:
    """A body weight."""
    return observation("29463-7", when, valueQuantity={"value": kg, **({"unit": unit} if unit else {})})


@dataclass(frozen=True)
class Chart:
    """The resources of one patient; each step returns a new chart."""

    resources: tuple[Resource, ...] = field(default_factory=tuple)

    def with_(self, *resources: Resource) -> Chart:
        """Add resources of the patient; one that names its own subject or id keeps it."""
        owner = {"reference": f"Patient/{PATIENT}"}
        added = []
        for number, resource in enumerate(resources, start=len(self.resources)):
            who = "patient" if resource["resourceType"] in ("Immunization", "FamilyMemberHistory") else "subject"
            has = {} if who in resource or resource["resourceType"] == "Medication" else {who: owner}
            added.append({"id": f"r{number}", **has, **resource})
        return Chart((*self.resources, *added))

    def with_history(self) -> Chart:
        """Add a treated breast cancer of 2019."""
        return self.with_(condition("C50.412", "2019-03-10", clinicalStatus=concept("remission", "clinical")))

    def with_lump(self) -> Chart:
        """Add a new breast lump."""
        return self.with_(condition("N63.21"))

    def of_type(self, kind: str) -> list[Resource]:
        """The resources of a type."""
        return [resource for resource in self.resources if resource["resourceType"] == kind]

    def prefetch(self, **values: object) -> dict[str, Any]:
        """What an EHR sends for our templates; `values` replace keys, and LEFT_OUT takes one out."""
        sent: dict[str, Any] = {"patient": self.of_type("Patient")[0]}
        sent |= {s.key: searchset(self.of_type(s.resource_type)) for s in SOURCES if not s.is_read}
        return {key: value for key, value in (sent | values).items() if value is not LEFT_OUT}


LEFT_OUT = object()


def a_patient(**more: object) -> Chart:
    """A chart that holds the patient alone."""
    return Chart(({"resourceType": "Patient", "id": PATIENT, "birthDate": "1966-01-01", "gender": "female", **more},))


def searchset(resources: list[Resource], **more: object) -> Resource:
    """A searchset Bundle."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources], **more}


def call_of(prefetch: Mapping[str, Any] | None, **more: object) -> Resource:
    """The request of an EHR."""
    sent = {} if prefetch is None else {"prefetch": prefetch}
    context = {"userId": "Practitioner/1", "patientId": PATIENT}
    return {"hook": "patient-view", "hookInstance": INSTANCE, "context": context, **sent, **more}


async def answer_to(body: object, **settings: Any) -> httpx.Response:  # noqa: ANN401 - whatever Settings takes
    """The service's answer to a call, on a fixed day."""
    app = create_app(Settings(**settings), FixedClock(DAY))
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        return await client.post(URL, content=content, headers={"content-type": "application/json"})


async def fetched(chart: Chart, prefetch: Resource | None = None, **more: Any) -> httpx.Response:  # noqa: ANN401
    """The answer to a call that names our FHIR server, which holds the chart, with its faults.

    Of `more`: `faults` by resource type, `settings`, `answer` in place of the server, `asked` takes what was asked.
    """
    faults, settings = more.get("faults", {}), more.get("settings", {})
    with respx.mock(assert_all_called=False) as server:
        server.route(url__startswith=FHIR).mock(side_effect=more.get("answer", serving(chart, **faults)))
        response = await answer_to(call_of(prefetch, fhirServer=FHIR), **settings)
        more.get("asked", []).extend(str(call.request.url).removeprefix(f"{FHIR}/") for call in server.calls)
    return response


def error_code(response: httpx.Response) -> str:
    """The code of an answer that is an OperationOutcome."""
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return str(outcome["issue"][0]["details"]["coding"][0]["code"])


async def answer_for(chart: Chart, **values: object) -> Resource:
    """The parsed answer for a chart that is prefetched whole but for `values`."""
    response = await answer_to(call_of(chart.prefetch(**values)))
    assert response.status_code == 200, response.text
    found: Resource = response.json()
    return found


def topics(answer: Resource) -> dict[str, str]:
    """Topic and indicator of each card."""
    return {card["source"]["topic"]["code"]: card["indicator"] for card in answer["cards"]}


def trace(answer: Resource) -> Resource:
    """The trace of an answer."""
    found: Resource = answer["extension"][EXTENSION]
    return found


def outcome_of(answer: Resource, site: str) -> str:
    """The outcome of a site in the trace."""
    return next(str(found["outcome"]) for found in trace(answer)["sites"] if found["site"] == site)


def serving(chart: Chart, **faults: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """What a FHIR server with a chart answers; `faults` are answers by resource type."""

    def answer(request: httpx.Request) -> httpx.Response:
        kind, _, resource_id = urlsplit(str(request.url)).path.removeprefix("/fhir/").partition("/")
        if kind in faults:
            return faults[kind]
        found = chart.of_type(kind)
        return httpx.Response(200, json=found[0] if resource_id else searchset(found))

    return answer
