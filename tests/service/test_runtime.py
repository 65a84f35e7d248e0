"""What a registered client's calls may use of the outside.

It must not reach beyond this machine.
It tests cds_service/runtime.py.
"""

from pathlib import Path
from typing import Any

import pytest

from cds_service.clients.registry import Terms, load_registry
from cds_service.clock import FixedClock
from cds_service.runtime import Runtime
from cds_service.security.egress import Failed, FhirClient, Outside
from cds_service.settings import Settings
from tests.builders import DAY
from tests.security.outside import BODY, Names, Network
from tests.tokens import a_registry, entry_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("internal, expected", [(True, BODY), (False, Failed("address"))])
async def test_private_addresses_are_for_the_clients_that_the_registry_calls_internal(
    tmp_path: Path, expected: bytes | Failed, *, internal: bool
) -> None:
    """Whatever the settings say for callers that nobody registered."""
    base = "https://ehr.example/fhir"
    settings = Settings(internal=not internal, public_url="https://cds.example")
    path = a_registry(tmp_path, entry_of(internal=internal, fhir_servers=[base]))
    (client,) = load_registry(path, Terms.of(settings))
    outside = Outside(resolve=Names(["10.0.0.1"]), network=Network())
    runtime = Runtime(settings, FixedClock(DAY), FhirClient(settings, outside=outside)).of(client)

    access = runtime.fhir.access(base)

    assert access.call.client == client.id
    assert await runtime.fhir.get(access, f"{base}/Patient/1", 1000) == expected
    await runtime.fhir.close()


@pytest.mark.parametrize("own, expected", [({}, 7.0), ({"deadline_s": 2.5}, 2.5)])
def test_a_client_waits_as_long_as_its_entry_says(tmp_path: Path, own: dict[str, Any], expected: float) -> None:
    """Else as long as the settings allow."""
    settings = Settings(hard_deadline_s=7.0, public_url="https://cds.example")
    (client,) = load_registry(a_registry(tmp_path, entry_of(fhir_servers=[], **own)), Terms.of(settings))
    anybody = Runtime(settings, FixedClock(DAY), FhirClient(settings))

    assert anybody.deadline_s == 7.0
    assert anybody.of(client).deadline_s == expected
