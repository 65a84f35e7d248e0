"""The FHIR server with all charts, and our service beside it, started once for the tests of this folder.

It must not skip: where the server can't be had, each test fails.
Its tests are those that use it.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fhir_server.charts import every_chart
from tests.fhir_server.server import FhirServer, running
from tests.fhir_server.service import served


@pytest.fixture(scope="session")
def charts_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FhirServer]:
    """The server with the demo's charts and the long history. No test may change it."""
    with running(tmp_path_factory.mktemp("fhir")) as server:
        server.load(every_chart())
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[FhirServer]:
    """A server without data, for one test that fills, stops or spoils it."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of our service."""
    with served(tmp_path_factory.mktemp("service")) as client:
        yield client
