"""POST /cds-services/{id}, from the body of a call to its answer.

The body must not be read here.
Tests: tests/api/test_invoke.py, tests/api/test_invoke_errors.py.
"""

from collections.abc import Mapping

from starlette.routing import Route
from starlette.types import ASGIApp

from cds_service.api.audited_endpoint import AuditedEndpoint
from cds_service.api.body import BodyLimits
from cds_service.api.service_endpoint import Intake, ServiceEndpoint
from cds_service.audit.audit_log import AuditLog
from cds_service.audit.call_record import CallRecord
from cds_service.clients.authentication import Authenticator
from cds_service.clients.client import Client
from cds_service.concurrency.admission import AdmissionControl
from cds_service.hooks import HookService
from cds_service.hooks.context import HookContext
from cds_service.strict_json import Body

PATH = "/cds-services"


def invoke_route(
    services: Mapping[str, HookService],
    context: HookContext,
    authenticator: Authenticator,
    audit_log: AuditLog | None = None,
) -> Route:
    """Return the route of calls, with a context for each client."""
    contexts = {client.id: context.for_client(client) for client in authenticator.clients}

    async def answer(service: HookService, body: Body, client: Client | None, record: CallRecord | None) -> bytes:
        own = contexts[client.id] if client else context
        if record is None:
            return await service.call(body, own)
        record.body = body
        return await service.call(body, own.for_call(record))

    settings = context.settings
    intake = Intake(
        authenticator=authenticator,
        limits=BodyLimits.of(settings),
        admission=AdmissionControl(settings.max_calls, settings.max_at_work),
    )
    endpoint = ServiceEndpoint("invoke", services, intake, answer)
    return Route(f"{PATH}/{{service}}", AuditedEndpoint(endpoint, audit_log, services) if audit_log else endpoint)


def direct_paths(route: Route, services: Mapping[str, HookService]) -> Mapping[str, ASGIApp]:
    """Return the endpoint by path, so that calls need no router."""
    return {f"{PATH}/{service}": route.app for service in services}
