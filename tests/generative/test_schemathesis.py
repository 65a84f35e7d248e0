"""Ten thousand requests made from the OpenAPI document, good and bad: every answer is one that the document names.

It must not ask whether cards are right: it asks whether any input makes the service fail or say something else.
It is itself a test, and the tests of generated_calls.py.
"""

import sys
from collections import Counter
from importlib import import_module
from time import perf_counter
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from tests.builders import DAY, URL
from tests.generative.generated_calls import CHART_CALLS, FEEDBACK

pytestmark = pytest.mark.slow

FEEDBACK_URL = f"{URL}/feedback"
TOTAL = 10_000
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
"""Not asked: that each request that breaks the document is refused. What the service can do without may be anything."""


class Sender:
    """Sends generated requests to the service in memory, holds the answers against the document, and counts them."""

    def __init__(self) -> None:
        self._schemathesis: Any = import_module("schemathesis")  # only the slow environment has it
        gone = httpx.MockTransport(lambda _request: httpx.Response(404))
        self._schema: Any = self._schemathesis.openapi.from_asgi(
            "/openapi.json", create_app(Settings(), FixedClock(DAY), gone)
        )
        checks: Any = import_module("schemathesis.checks")
        known = {check.__name__: check for check in checks.CHECKS.get_all()}
        self._checks = [known[name] for name in CHECKS]
        self.statuses: Counter[tuple[str, int]] = Counter()

    def good(self, path: str, method: str = "POST") -> st.SearchStrategy[Any]:
        """Requests that the document allows."""
        found: st.SearchStrategy[Any] = self._schema[path][method].as_strategy()
        return found

    def bad(self, path: str) -> st.SearchStrategy[Any]:
        """Requests that the document does not allow."""
        mode = self._schemathesis.GenerationMode.NEGATIVE
        found: st.SearchStrategy[Any] = self._schema[path]["POST"].as_strategy(generation_mode=mode)
        return found

    def with_bodies(self, path: str, bodies: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        """Requests with these bodies."""
        operation = self._schema[path]["POST"]
        return bodies.map(lambda body: operation.Case(body=body, media_type="application/json"))

    def send(self, what: str, cases: st.SearchStrategy[Any], number: int) -> None:
        """Send so many of them; fail at the first answer that the document does not name."""

        @settings(max_examples=number, suppress_health_check=list(HealthCheck))
        @given(case=cases)
        def each(case: Any) -> None:  # noqa: ANN401 - schemathesis's own, only there in the slow environment
            response = case.call()
            self.statuses[what, response.status_code] += 1
            case.validate_response(response, checks=self._checks)

        each()


def _send_all(sender: Sender) -> None:
    """Send all requests; those that the document alone describes take longest to think up, so they are fewer."""
    sender.send("calls about charts", sender.with_bodies(URL, CHART_CALLS), 6600)
    sender.send("calls by the document", sender.good(URL), 500)
    sender.send("calls against the document", sender.bad(URL), 400)
    sender.send("feedback on cards", sender.with_bodies(FEEDBACK_URL, FEEDBACK), 2000)
    sender.send("feedback by the document", sender.good(FEEDBACK_URL), 300)
    sender.send("feedback against the document", sender.bad(FEEDBACK_URL), 200)
    for path in ("/cds-services", "/health/live", "/health/ready"):
        sender.send(path, sender.good(path, "GET"), 1)


def test_no_request_gets_an_answer_that_the_document_does_not_name(capsys: pytest.CaptureFixture[str]) -> None:
    """No failure, no other status, no other body; and at least half of the requests get as far as an answer."""
    sender, began = Sender(), perf_counter()
    try:
        _send_all(sender)
    finally:
        capsys.readouterr()  # the log: a line for each request

    total, answered = sender.statuses.total(), sum(n for (_, status), n in sender.statuses.items() if status == 200)
    lines = [f"{what:32}{status:>5}{number:>8}" for (what, status), number in sorted(sender.statuses.items())]
    lines += [f"{total} requests in {perf_counter() - began:.0f} s, {answered / total:.0%} answered with 200"]
    with capsys.disabled():
        sys.stdout.write("\n".join(("", *lines, "")))
    assert total >= TOTAL
    assert answered * 2 >= total
