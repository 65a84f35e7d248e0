"""POST /cds-services/{id}: a call of an EHR, handed to the hook's service as bytes and answered with its bytes.

It must not read the body.
Tests: tests/service/test_invoke.py, tests/service/test_invoke_errors.py.
"""

from collections.abc import Mapping

from starlette.routing import Route
from starlette.types import ASGIApp

from cds_service.api.limits import Limits
from cds_service.api.posts import Door, PostEndpoint
from cds_service.api.recorded import RecordedEndpoint
from cds_service.api.room import Room
from cds_service.clients.client import Client
from cds_service.clients.gate import Gate
from cds_service.hooks import HookService
from cds_service.ledger.draft import present
from cds_service.ledger.ledger import Ledger
from cds_service.runtime import Runtime
from cds_service.strict_json import Body

PATH = "/cds-services"


def invoke_route(
    services: Mapping[str, HookService], runtime: Runtime, gate: Gate, ledger: Ledger | None = None
) -> Route:
    """Return the route of the call, for every service of the tuple; each client has a runtime of its own."""
    runtimes = {client.id: runtime.of(client) for client in gate.clients}

    async def answer(service: HookService, body: Body, client: Client | None) -> bytes:
        draft = present()
        if draft is not None:
            draft.body = body
        return await service.call(body, runtimes[client.id] if client else runtime)

    door = Door(gate, Limits.of(runtime.settings), Room(runtime.settings.max_calls, runtime.settings.max_at_work))
    endpoint = PostEndpoint("invoke", services, door, answer)
    return Route(f"{PATH}/{{service}}", RecordedEndpoint(endpoint, ledger) if ledger else endpoint)


def direct_paths(route: Route, services: Mapping[str, HookService]) -> Mapping[str, ASGIApp]:
    """Return the endpoint of the call by the path of each service, for callers that need no router."""
    return {f"{PATH}/{service}": route.app for service in services}
