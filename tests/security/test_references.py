"""Addresses that stand in a chart: none of them is asked for anything, wherever they lead.

It must not test next links: tests/fhir/test_search.py does.
It tests the service as a whole.
"""

import pytest

from cds_service.fhir.chart.sources import SOURCES
from tests.builders import FHIR, SNOMED, Resource, a_patient, fetched, observation, topics

pytestmark = pytest.mark.anyio

ELSEWHERE = "https://collector.example/fhir/Observation/x"


@pytest.mark.parametrize(
    "record",
    [
        observation(
            "85354-9", hasMember=[{"reference": ELSEWHERE}], derivedFrom=[{"reference": f"{FHIR}/Observation/x"}]
        ),
        {
            "resourceType": "Condition",
            "evidence": [{"detail": [{"reference": ELSEWHERE}]}],
            "code": {"coding": [{"system": SNOMED, "code": "25064002"}]},
            "recordedDate": "2026-06-10",
        },
        {"resourceType": "MedicationRequest", "status": "active", "medicationReference": {"reference": ELSEWHERE}},
        {"resourceType": "DiagnosticReport", "status": "final", "result": [{"reference": ELSEWHERE}]},
        {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "questionnaire": "https://collector.example/Questionnaire/q",
        },
        {"resourceType": "Encounter", "status": "finished", "diagnosis": [{"condition": {"reference": ELSEWHERE}}]},
    ],
    ids=lambda record: record["resourceType"],
)
async def test_no_reference_of_a_chart_is_followed(record: Resource) -> None:
    """The server is asked the queries that discovery publishes, and nothing else is asked at all."""
    asked: list[str] = []
    answer = await fetched(a_patient().with_history().with_lump().with_(record), asked=asked)

    assert "local" in topics(answer.json())
    assert sorted(asked) == sorted(source.query("p1") for source in SOURCES)
