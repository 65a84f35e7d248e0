"""GET /health/live and /health/ready: for whoever starts, watches and replaces the service.

They must not ask others: a FHIR server that is down must not take this service down with it.
Tests: tests/service/test_health.py.
"""

from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.errors import NotReady
from cds_service.log import note

ROUTE = "health"


@dataclass(slots=True)
class Readiness:
    """Which version of the rules was warmed up; None while the service is starting."""

    ruleset: str | None = None


def health_routes(readiness: Readiness) -> list[Route]:
    """Return the routes of both questions."""

    async def live(_request: Request) -> Response:
        note(route=ROUTE)
        return _json({"status": "live"})

    async def ready(_request: Request) -> Response:
        note(route=ROUTE)
        if readiness.ruleset is None:
            raise NotReady
        return _json({"status": "ready", "ruleset": readiness.ruleset})

    return [
        Route("/health/live", live, methods=["GET"]),
        Route("/health/ready", ready, methods=["GET"]),
    ]


def _json(content: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(content), headers={"Cache-Control": "no-store"}, media_type="application/json")
