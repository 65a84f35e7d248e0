"""What a hook may use of the world while it answers a call: the settings, the clock, the FHIR client.

It must not hold anything of one call.
Tests: tests/service/test_invoke.py.
"""

from dataclasses import dataclass

from cds_service.clock import Clock
from cds_service.security.egress import FhirClient
from cds_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """Passed to every call of a hook; the same for all of them."""

    settings: Settings
    clock: Clock
    fhir: FhirClient
