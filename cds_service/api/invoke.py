"""POST /cds-services/{id}: a call of an EHR, handed to the hook's service as bytes and answered with its bytes.

It must not read the body.
Tests: tests/service/test_invoke.py, tests/service/test_invoke_errors.py.
"""

from collections.abc import Mapping

from starlette.routing import Route
from starlette.types import ASGIApp

from cds_service.api.limits import Limits
from cds_service.api.posts import PostEndpoint
from cds_service.hooks import HookService
from cds_service.runtime import Runtime
from cds_service.strict_json import Body

PATH = "/cds-services"


def invoke_route(services: Mapping[str, HookService], runtime: Runtime) -> Route:
    """Return the route of the call, for every service of the tuple."""

    async def answer(service: HookService, body: Body) -> bytes:
        return await service.call(body, runtime)

    return Route(f"{PATH}/{{service}}", PostEndpoint("invoke", services, Limits.of(runtime.settings), answer))


def direct_paths(route: Route, services: Mapping[str, HookService]) -> Mapping[str, ASGIApp]:
    """Return the endpoint of the call by the path of each service, for callers that need no router."""
    return {f"{PATH}/{service}": route.app for service in services}
