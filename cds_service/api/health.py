"""GET /health/live and /health/ready: for whoever starts, watches and replaces the service.

They must not ask others: a FHIR server that is down must not take this service down with it. The store is ours.
Tests: tests/service/test_health.py.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.clock import Clock
from cds_service.errors import NotReady, StoreUnavailable
from cds_service.log import note
from rules.registry import overdue

ROUTE = "health"


@dataclass(slots=True)
class Readiness:
    """Which version of the rules was warmed up; None while the service is starting."""

    ruleset: str | None = None
    store: Callable[[], Awaitable[bool]] | None = None
    """Tells whether the store takes rows, where there is one."""


def health_routes(readiness: Readiness, clock: Clock) -> list[Route]:
    """Return the routes of both questions; a rule past its review is named, and stops nothing."""

    async def live(_request: Request) -> Response:
        note(route=ROUTE)
        return _json({"status": "live"})

    async def ready(_request: Request) -> Response:
        note(route=ROUTE)
        if readiness.ruleset is None:
            raise NotReady
        if readiness.store is not None and not await readiness.store():
            raise StoreUnavailable
        past_review = list(overdue(clock.today()))
        return _json({"status": "ready", "ruleset": readiness.ruleset, "overdue": past_review})

    return [
        Route("/health/live", live, methods=["GET"]),
        Route("/health/ready", ready, methods=["GET"]),
    ]


def _json(content: dict[str, str | list[str]]) -> Response:
    return Response(msgspec.json.encode(content), headers={"Cache-Control": "no-store"}, media_type="application/json")
