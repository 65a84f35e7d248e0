"""Charts on a real FHIR server: stored by a transaction, read by our service over the network, answered as ever.

It must not test what the cards say: tests/rules and tests/cards do.
It is itself the tests of server.py, charts.py and service.py.
"""

import sys
from statistics import median
from time import perf_counter

import httpx
import pytest

from tests.builders import URL, topics
from tests.fhir_server.charts import DEMO, LONG, asking, chart_of, every_chart, prefetch_of, with_server
from tests.fhir_server.server import FhirServer

pytestmark = pytest.mark.slow

ROUNDS = 3


def test_a_transaction_stores_every_resource_of_the_charts(own_server: FhirServer) -> None:
    """Under its own id, so that our calls can name the patients."""
    charts = every_chart()

    assert own_server.load(charts) == len(charts)
    assert {own_server.get(f"Patient/{patient}")["id"] for patient in DEMO} == set(DEMO)


def test_the_server_answers_nobody_without_its_token(charts_server: FhirServer) -> None:
    """So that a card shows that our service has handed the token on."""
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert (
            httpx.get(f"{charts_server.base}/Patient/demo-brain", headers=headers, trust_env=False).status_code == 401
        )


@pytest.mark.parametrize("patient", [*DEMO, LONG])
def test_a_chart_read_from_the_server_gets_the_answer_that_it_gets_as_prefetch(
    service: httpx.Client, charts_server: FhirServer, patient: str
) -> None:
    """The same bytes: cards, orders, trace."""
    sent = service.post(URL, json=asking(patient, prefetch=prefetch_of(chart_of(patient))))
    read = service.post(URL, json=asking(patient, **with_server(charts_server)))

    assert (sent.status_code, read.status_code) == (200, 200), read.text
    assert read.content == sent.content


def test_the_charts_of_the_server_cover_every_kind_of_answer(service: httpx.Client, charts_server: FhirServer) -> None:
    """Each site has its card somewhere, and there are charts without any: equal answers are not equally empty."""
    cards = [
        set(topics(service.post(URL, json=asking(patient, **with_server(charts_server))).json())) for patient in DEMO
    ]

    assert set[str]().union(*cards) >= {"local", "regionalnode", "brain", "bone", "liver", "lung"}
    assert set() in cards


def test_a_call_that_reads_everything_from_the_server_is_timed(
    service: httpx.Client, charts_server: FhirServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures are printed and not judged: machines differ."""
    lines = ["", f"{'read from the FHIR server':28}{'resources':>10}{'ms, median':>12}{'ms, worst':>12}"]
    for patient in (*DEMO, LONG):
        took = []
        for _ in range(ROUNDS):
            began = perf_counter()
            answer = service.post(URL, json=asking(patient, **with_server(charts_server)))
            took.append((perf_counter() - began) * 1000)
            assert answer.status_code == 200
        lines.append(f"{patient:28}{len(chart_of(patient)):>10}{median(took):>12.0f}{max(took):>12.0f}")
    with capsys.disabled():
        sys.stdout.write("\n".join((*lines, "")))
