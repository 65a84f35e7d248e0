"""The addresses to open: the local page, and the public sandbox with everything filled in.

Must not decide where the service stands: the caller passes its base URL.
Tests: tests/demo/test_demo.py.
"""

from urllib.parse import urlencode

FHIR_PATH = "/demo/fhir"
SANDBOX = "https://sandbox.cds-hooks.org/"


def fhir_url(base: str) -> str:
    """Return the base of the demo's FHIR endpoint for a service that stands at `base`."""
    return f"{base.rstrip('/')}{FHIR_PATH}"


def sandbox_url(base: str, patient_id: str) -> str:
    """Return the public sandbox's address that opens this patient's chart and calls the service at `base`.

    No slash after `cds-services`: the sandbox would double it.
    """
    parameters = {
        "fhirServiceUrl": fhir_url(base),
        "patientId": patient_id,
        "serviceDiscoveryURL": f"{base.rstrip('/')}/cds-services",
        "hook": "patient-view",
    }
    return f"{SANDBOX}?{urlencode(parameters)}"


def page_url(base: str, patient_id: str) -> str:
    """Return the address of the demo's page with this patient's chart open."""
    return f"{base.rstrip('/')}/#{patient_id}"
