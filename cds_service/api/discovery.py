"""GET /cds-services, the services of the hooks.

Empty and null elements are forbidden by the standard.
Tests: tests/api/test_discovery.py.
"""

from collections.abc import Iterable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.clients.authentication import Authenticator
from cds_service.hooks import HookService
from cds_service.log import note

STANDARD_VERSION = "2.0.1"
HOOK_VERSION = "1.0"


def discovery_route(services: Iterable[HookService], authenticator: Authenticator) -> Route:
    """Return the route of discovery."""
    content = msgspec.json.encode({"services": [_described(service) for service in services]})

    async def discovery(request: Request) -> Response:
        note(route="discovery")
        await authenticator.authenticate(request.scope)
        return Response(content, media_type="application/json")

    return Route("/cds-services", discovery, methods=["GET"])


def _described(service: HookService) -> dict[str, object]:
    elements: dict[str, object] = {
        "hook": service.hook,
        "title": service.title,
        "description": service.description,
        "id": service.id,
        "prefetch": dict(service.prefetch),
        "usageRequirements": service.usage_requirements,
        "version": STANDARD_VERSION,
        "hookVersion": HOOK_VERSION,
    }
    return {name: value for name, value in elements.items() if value}
