"""The demo as a whole, in memory: the service, its charts, and a FHIR client that reaches them without a network.

It must not know what the cards say.
Its tests are those that import it.
"""

from datetime import date

import httpx
from fastapi import FastAPI

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Profile, Settings

BASE = "http://127.0.0.1:8000"
FHIR = f"{BASE}/demo/fhir"
SERVICE = f"{BASE}/cds-services/breast-cancer-recurrence"
TODAY = date(2026, 6, 15)


class _ToItself(httpx.AsyncBaseTransport):
    """Answers the service's own FHIR requests from the service; it is bound once that exists."""

    app: FastAPI

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer of the bound application."""
        return await httpx.ASGITransport(self.app).handle_async_request(request)


def demo_app(today: date = TODAY) -> FastAPI:
    """Return the service in the demo profile on a fixed day."""
    transport = _ToItself()
    transport.app = create_app(Settings(profile=Profile.DEMO), FixedClock(today), transport)
    return transport.app


def demo_client(today: date = TODAY) -> httpx.AsyncClient:
    """Return a client of the demo, as a browser on the same machine has it."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(demo_app(today)), base_url=BASE)
