"""A real FHIR server that goes away, stands still, and comes back: never silence, and no answer later than promised.

It must not wait longer than the service does.
It is itself a test.
"""

import asyncio
import signal
from time import perf_counter

import httpx
import pytest

from tests.builders import error_code, topics, trace
from tests.fhir_server.charts import LONG, asking, chart_of, with_server
from tests.fhir_server.server import FhirServer
from tests.fhir_server.service import answered

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

PATIENT = "demo-lung"
DEADLINE_S = 1.0
PATIENCE_S = 5.0


class _StoppedMidway(httpx.AsyncHTTPTransport):
    """The real network, on which the server is stopped before the second page of observations is asked for."""

    def __init__(self, server: FhirServer) -> None:
        super().__init__()
        self._server = server
        self._others = asyncio.Semaphore(0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; what must be known is read to its end before the server is stopped."""
        if "Observation" in request.url.path and "_offset" in request.url.query.decode():
            for _ in range(2):
                await self._others.acquire()
            await asyncio.to_thread(self._server.stop)
        answer = await super().handle_async_request(request)
        if not request.url.path.endswith((f"/Patient/{LONG}", "/Condition")):
            return answer
        content = await answer.aread()
        if b'"next"' not in content:
            self._others.release()
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content))


async def test_a_server_that_is_down_is_a_412(own_server: FhirServer) -> None:
    """Not a card, and no failure of ours."""
    own_server.load(chart_of(PATIENT))
    own_server.stop()
    answer = await answered(asking(PATIENT, **with_server(own_server)))

    assert (answer.status_code, error_code(answer)) == (412, "missing-data")


async def test_a_server_that_is_stopped_midway_is_said_on_a_card(own_server: FhirServer) -> None:
    """The lump in the conditions is shown; the first page of the observations is not taken for all of them."""
    own_server.load(chart_of(LONG))
    answer = await answered(asking(LONG, **with_server(own_server)), _StoppedMidway(own_server))

    assert answer.status_code == 200, answer.text
    assert topics(answer.json()) == {"local": "warning", "incomplete": "info"}
    assert "Observation" in {gap["source"] for gap in trace(answer.json())["notAssessable"]}


async def test_a_server_that_stands_still_is_a_412_within_the_deadline(own_server: FhirServer) -> None:
    """It takes connections and never answers them."""
    own_server.load(chart_of(PATIENT))
    own_server.process.send_signal(signal.SIGSTOP)
    began = perf_counter()
    answer = await answered(asking(PATIENT, **with_server(own_server)), hard_deadline_s=DEADLINE_S, budget_s=0.1)
    took = perf_counter() - began

    assert (answer.status_code, error_code(answer)) == (412, "missing-data")
    assert DEADLINE_S <= took < PATIENCE_S


async def test_a_server_that_comes_back_is_asked_again(own_server: FhirServer) -> None:
    """A call that failed leaves nothing behind that spoils the next."""
    own_server.load(chart_of(PATIENT))
    call = asking(PATIENT, **with_server(own_server))
    before = await answered(call)
    own_server.process.send_signal(signal.SIGSTOP)
    during = await answered(call, hard_deadline_s=0.2, budget_s=0.1)
    own_server.process.send_signal(signal.SIGCONT)
    after = await answered(call)

    assert (before.status_code, during.status_code) == (200, 412)
    assert after.content == before.content
