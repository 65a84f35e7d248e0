"""What a registered client's calls may use of the outside.

It must not reach beyond this machine.
It tests cds_service/hooks/context.py.
"""

from pathlib import Path
from typing import Any

import pytest

from cds_service.clients.registry import RegistryDefaults, load_registry
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.hooks.context import HookContext
from cds_service.security.egress import FetchFailure, FhirClient, Outside
from tests.builders import DAY
from tests.security.outside import BODY, Names, Network
from tests.tokens import a_registry, entry_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("internal, expected", [(True, BODY), (False, FetchFailure("address"))])
async def test_private_addresses_are_for_the_clients_that_the_registry_calls_internal(
    tmp_path: Path, expected: bytes | FetchFailure, *, internal: bool
) -> None:
    """Whatever the settings say for callers that nobody registered."""
    base = "https://ehr.example/fhir"
    settings = Settings(internal=not internal, public_url="https://cds.example")
    path = a_registry(tmp_path, entry_of(internal=internal, fhir_servers=[base]))
    (client,) = load_registry(path, RegistryDefaults.of(settings))
    outside = Outside(resolve=Names(["10.0.0.1"]), network=Network())
    context = HookContext(settings, FixedClock(DAY), FhirClient(settings.egress_options(), outside=outside)).for_client(
        client
    )

    access = context.fhir.access(base)

    assert access.call.client == client.id
    assert await context.fhir.get(access, f"{base}/Patient/1", 1000) == expected
    await context.fhir.close()


@pytest.mark.parametrize("own, expected", [({}, 7.0), ({"deadline_s": 2.5}, 2.5)])
def test_a_client_waits_as_long_as_its_entry_says(tmp_path: Path, own: dict[str, Any], expected: float) -> None:
    """Else as long as the settings allow."""
    settings = Settings(hard_deadline_s=7.0, public_url="https://cds.example")
    (client,) = load_registry(a_registry(tmp_path, entry_of(fhir_servers=[], **own)), RegistryDefaults.of(settings))
    anybody = HookContext(settings, FixedClock(DAY), FhirClient(settings.egress_options()))

    assert anybody.deadline_s == 7.0
    assert anybody.for_client(client).deadline_s == expected
