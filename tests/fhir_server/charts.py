"""The charts on the server, and the calls about them: the demo's own, and one with a history of many pages.

It must not know what the cards say.
Its tests are those that use it.
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta

from cds_service.demo.charts import ORDER, load_charts
from cds_service.fhir.chart.sources import SOURCES
from tests.builders import INSTANCE, LOINC, Resource, a_patient, concept, condition, observation, searchset, weight
from tests.fhir_server.server import TOKEN, FhirServer

DAY = date(2026, 6, 15)
DEMO = tuple(f"demo-{name}" for name in ORDER)
LONG = "p1"
"""A patient whose searches go over many pages."""
VISITS = 1050
DIAGNOSES = 250


def chart_of(patient_id: str) -> list[Resource]:
    """Every resource of a patient."""
    if patient_id == LONG:
        return _long_history()
    return [json.loads(bytes(item.raw)) for item in load_charts(DAY).by_patient[patient_id]]


def every_chart() -> list[Resource]:
    """All that the server of the tests holds."""
    return [resource for patient_id in (*DEMO, LONG) for resource in chart_of(patient_id)]


def _long_history() -> list[Resource]:
    """Years of heart rates and sprained ankles, among them what matters: cancer, weight loss, a lump.

    Names are such that what matters comes last where a server sorts by name, or by date with the newest first.
    """
    rates = [_heart_rate(DAY - timedelta(days=2 + number % 300)) for number in range(VISITS)]
    sprains = [condition("S93.401A", (DAY - timedelta(days=number)).isoformat()) for number in range(DIAGNOSES)]
    chart = a_patient().with_(*rates, *sprains, weight(80, "2025-08-20"), weight(68, "2026-06-10")).with_history()
    return list(chart.with_lump().resources)


def _heart_rate(day: date) -> Resource:
    vital = [concept("vital-signs", "http://terminology.hl7.org/CodeSystem/observation-category")]
    quantity = {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}
    return observation("8867-4", day.isoformat(), system=LOINC, category=vital, valueQuantity=quantity)


def prefetch_of(resources: Iterable[Resource]) -> Resource:
    """What an EHR sends for our templates when it has these resources."""
    chart = list(resources)
    sent: Resource = {
        source.key: searchset([each for each in chart if each["resourceType"] == source.resource_type])
        for source in SOURCES
        if not source.is_read
    }
    return sent | {"patient": next(each for each in chart if each["resourceType"] == "Patient")}


def asking(patient_id: str, **more: object) -> Resource:
    """The body of a call about a patient; `more` are further elements of it."""
    context = {"userId": "Practitioner/1", "patientId": patient_id}
    return {"hook": "patient-view", "hookInstance": INSTANCE, "context": context, **more}


def with_server(server: FhirServer, token: str | None = TOKEN) -> Resource:
    """The elements of a call that name the server, and the token for it."""
    if token is None:
        return {"fhirServer": server.base}
    authorization = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "cds-service",
    }
    return {"fhirServer": server.base, "fhirAuthorization": authorization}
