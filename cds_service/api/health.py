"""GET /health/live and /health/ready: for whoever starts, watches and replaces the service.

They must not ask others: a FHIR server that is down must not take this service down with it. The store is ours.
Tests: tests/api/test_health.py.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.audit.audit_log import AuditLog
from cds_service.clock import Clock
from cds_service.errors import NotReady, StoreUnavailable
from cds_service.log import note
from rules.registry import overdue

ROUTE = "health"


@dataclass(slots=True)
class Readiness:
    """Which version of the rules was warmed up; None while the service is starting."""

    ruleset: str | None = None
    authenticator: Callable[[], Awaitable[bool]] | None = None
    """Tells whether callers can be told from others: without that nobody is answered."""
    audit_log: AuditLog | None = None
    """What decisions are kept by; calls are answered without it, unless a setting refuses them."""


def health_routes(readiness: Readiness, clock: Clock) -> list[Route]:
    """Return the routes of both questions; a rule past its review is named, and stops nothing."""

    async def live(_request: Request) -> Response:
        note(route=ROUTE)
        return _json({"status": "live"})

    async def ready(_request: Request) -> Response:
        note(route=ROUTE)
        if readiness.ruleset is None:
            raise NotReady
        if readiness.authenticator is not None and not await readiness.authenticator():
            raise StoreUnavailable
        past_review = list(overdue(clock.today()))
        kept = await _kept(readiness.audit_log) if readiness.audit_log else {}
        return _json({"status": "ready", "ruleset": readiness.ruleset, "overdue": past_review, **kept})

    return [
        Route("/health/live", live, methods=["GET"]),
        Route("/health/ready", ready, methods=["GET"]),
    ]


async def _kept(audit_log: AuditLog) -> Mapping[str, object]:
    """Return what became of decisions, or raise StoreUnavailable where calls are refused without a store."""
    standing = await audit_log.health()
    if audit_log.refuses and not standing.is_up:
        raise StoreUnavailable
    return {
        "store": "up" if standing.is_up else "unavailable",
        "decisionsWaiting": standing.waiting,
        "decisionsLost": standing.lost,
        "overridesUnknown": standing.late,
    }


def _json(content: Mapping[str, object]) -> Response:
    return Response(msgspec.json.encode(content), headers={"Cache-Control": "no-store"}, media_type="application/json")
