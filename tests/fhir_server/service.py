"""Our service as a process of its own, and as an application in this one that uses the real network.

It must not stay running after a test.
Its tests are those that use it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import PREFIX, Settings
from cds_service.security.egress import Transport
from tests.builders import URL, Resource
from tests.fhir_server.charts import DAY
from tests.fhir_server.server import LOOPBACK, START_RETRIES, STOP_SECONDS, free_port

PATIENT = {"budget_s": 20.0, "hard_deadline_s": 20.0, "fhir_timeout_s": 20.0}
"""Settings that wait longer than a clinician would: these tests ask what is answered, on machines of any speed."""


@contextmanager
def served(folder: Path) -> Iterator[httpx.Client]:
    """A client of `recurrence-cds serve` on a free port, on the charts' day."""
    port, log = free_port(), folder / "service.log"
    settings = {f"{PREFIX}{name.upper()}": str(value) for name, value in PATIENT.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port), "--as-of", DAY.isoformat()]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env={**kept, **settings}, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        transport = httpx.HTTPTransport(retries=START_RETRIES)
        try:
            with httpx.Client(base_url=f"http://{LOOPBACK}:{port}", transport=transport, timeout=60) as client:
                assert client.get("/health/ready").status_code == 200, log.read_text("utf-8")
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)


async def answered(body: Resource, transport: Transport | None = None, **settings: Any) -> httpx.Response:  # noqa: ANN401
    """The answer of the application in this process; its FHIR client uses the network unless a transport is given."""
    app = create_app(Settings(**{**PATIENT, **settings}), FixedClock(DAY), transport)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client,
    ):
        return await client.post(URL, json=body)
