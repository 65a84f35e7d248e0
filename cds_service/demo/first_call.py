"""The demo's first call over HTTP.

It must run in a thread, because it waits for the network.
Tests: tests/demo/test_demo_command.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from cds_service.demo.links import fhir_url

SERVICE = "/cds-services/breast-cancer-recurrence"
PATIENT = "demo-brain"
"""Patient of the first call, with a critical card."""
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """Answer of the service with its duration in milliseconds."""

    status: int
    body: Mapping[str, Any]
    milliseconds: float


def first_answer(base: str) -> FirstAnswer:
    """Return the answer to a call about the demo's first patient.

    Raises OSError.
    """
    request = {
        "hook": "patient-view",
        "hookInstance": str(uuid5(NAMESPACE_URL, base)),
        "fhirServer": fhir_url(base),
        "context": {"userId": "Practitioner/demo-clinician", "patientId": PATIENT},
    }
    address = urlsplit(base)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_S)
    started = perf_counter()
    try:
        connection.request("POST", SERVICE, json.dumps(request), {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = json.loads(response.read())
    finally:
        connection.close()
    return FirstAnswer(response.status, body, (perf_counter() - started) * 1000)
