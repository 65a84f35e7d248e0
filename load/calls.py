"""The calls of a run: a patient with cards, so many resources in prefetch, or all of it on a FHIR server.

It must not send them.
Tests: tests/service/test_bench_charts.py for the charts.
"""

import json
from typing import Final

from bench import call, charts, servers
from bench.charts import Variant
from bench.resources import PATIENT_ID
from bench.servers import HOST, Server
from load.driver import Target

SMALL: Final = 50
USUAL: Final = 500
LARGEST: Final = 20_000


def prefetched(server: Server, size: int, variant: Variant = Variant.CARD) -> Target:
    """A call with a chart of so many resources in prefetch."""
    return Target.post(server.port, *request_to(server, size, variant))


def request_to(server: Server, size: int, variant: Variant = Variant.CARD) -> tuple[str, bytes]:
    """The path and the body of such a call."""
    path, templates = servers.patient_view(server)
    chart = charts.chart(size, variant, types=call.asked_types(templates))
    return path, call.request_body(chart, templates)


def to_fetch(server: Server, fhir: Server) -> Target:
    """A call without prefetch that names a FHIR server."""
    path, _ = servers.patient_view(server)
    body = {
        "hook": "patient-view",
        "hookInstance": call.HOOK_INSTANCE,
        "fhirServer": f"http://{HOST}:{fhir.port}/fhir",
        "context": {"userId": "Practitioner/bench-practitioner-0001", "patientId": PATIENT_ID},
    }
    return Target.post(server.port, path, json.dumps(body).encode())
