"""What a real FHIR server refuses, and what it does not have: never silence.

It must not test what else can go wrong on the way: tests/service does, with a server that plays every fault.
It is itself a test.
"""

import httpx
import pytest

from tests.builders import URL, error_code
from tests.fhir_server.charts import asking, chart_of, prefetch_of, with_server
from tests.fhir_server.server import FhirServer

pytestmark = pytest.mark.slow

PATIENT = "demo-brain"


@pytest.mark.parametrize("token", ["wrong", None])
def test_a_token_that_the_server_refuses_is_a_412(
    service: httpx.Client, charts_server: FhirServer, token: str | None
) -> None:
    """It names the sources, not the token."""
    answer = service.post(URL, json=asking(PATIENT, **with_server(charts_server, token)))

    assert (answer.status_code, error_code(answer)) == (412, "missing-data")
    assert "Patient, Condition" in answer.json()["issue"][0]["details"]["text"]
    assert "wrong" not in answer.text


def test_observations_behind_a_refused_token_are_said_on_a_card(
    service: httpx.Client, charts_server: FhirServer
) -> None:
    """Patient and Conditions came with the call, so that there is something to say."""
    sent = {key: value for key, value in prefetch_of(chart_of(PATIENT)).items() if key in ("patient", "conditions")}
    answer = service.post(URL, json=asking(PATIENT, prefetch=sent, **with_server(charts_server, "wrong"))).json()

    cards = {card["source"]["topic"]["code"]: card["detail"] for card in answer["cards"]}
    assert {"brain", "incomplete"} <= set(cards)
    assert "Observation" in str(answer["extension"])


def test_a_patient_whom_the_server_does_not_have_is_a_412(service: httpx.Client, charts_server: FhirServer) -> None:
    """Its searches find nothing, with status 200: that alone would read as a chart without any finding."""
    assert charts_server.get("Condition?patient=nobody")["total"] == 0
    answer = service.post(URL, json=asking("nobody", **with_server(charts_server)))

    assert (answer.status_code, error_code(answer)) == (412, "missing-data")
