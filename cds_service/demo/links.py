"""Addresses of the demo page and the public sandbox.

Tests: tests/demo/test_demo.py.
"""

from urllib.parse import urlencode

FHIR_PATH = "/demo/fhir"
SANDBOX = "https://sandbox.cds-hooks.org/"


def fhir_url(base: str) -> str:
    """Return the base of the demo's FHIR endpoint."""
    return f"{base.rstrip('/')}{FHIR_PATH}"


def sandbox_url(base: str, patient_id: str) -> str:
    """Return the sandbox's address with this patient and service.

    There is no slash after `cds-services`, because the sandbox would double it.
    """
    parameters = {
        "fhirServiceUrl": fhir_url(base),
        "patientId": patient_id,
        "serviceDiscoveryURL": f"{base.rstrip('/')}/cds-services",
        "hook": "patient-view",
    }
    return f"{SANDBOX}?{urlencode(parameters)}"


def page_url(base: str, patient_id: str) -> str:
    """Return the address of the demo page with an open chart."""
    return f"{base.rstrip('/')}/#{patient_id}"
