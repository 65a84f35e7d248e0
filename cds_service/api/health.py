"""GET /health/live and /health/ready.

No FHIR server may be asked, because its failure must not take the service down.
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
    """State of readiness. The ruleset is None during the start."""

    ruleset: str | None = None
    authenticator: Callable[[], Awaitable[bool]] | None = None
    """Checks authentication, without which no call is answered."""
    audit_log: AuditLog | None = None
    """Audit log, required only if a setting refuses calls without it."""


def health_routes(readiness: Readiness, clock: Clock) -> list[Route]:
    """Return the health routes.

    Rules past review are listed and change nothing.
    """

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
    """Return the state of the audit log.

    Raises StoreUnavailable if calls are refused without it.
    """
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
