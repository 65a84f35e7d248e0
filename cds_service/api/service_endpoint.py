"""Endpoint of a CDS service, from a JSON POST to a JSON answer.

A body must not be read before its sender is known.
Tests: tests/api/test_invoke.py, tests/api/test_invoke_errors.py, tests/api/test_feedback.py.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from cds_service.api.body import BodyLimits, declared_length, read_body
from cds_service.audit.call_record import CallRecord
from cds_service.clients.authentication import Authenticator
from cds_service.clients.client import Client
from cds_service.concurrency.admission import AdmissionControl
from cds_service.errors import MethodNotAllowed, UnknownService
from cds_service.hooks import HookService
from cds_service.log import note
from cds_service.strict_json import Body

Answer = Callable[[HookService, Body, Client | None, CallRecord | None], Awaitable[bytes]]
"""Answers one body.

The call record collects audit data if a store is set.
"""


@dataclass(frozen=True, slots=True)
class Intake:
    """Checks of a request before its body is read."""

    authenticator: Authenticator
    limits: BodyLimits
    admission: AdmissionControl


class ServiceEndpoint:
    """A plain ASGI endpoint below `/cds-services/{service}`."""

    def __init__(self, route: str, services: Mapping[str, HookService], intake: Intake, answer: Answer) -> None:
        self._route = route
        self._services = services
        self._intake = intake
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST with the service's JSON.

        Everything else raises.
        """
        await self.answer(scope, receive, send, None)

    async def answer(self, scope: Scope, receive: Receive, send: Send, record: CallRecord | None) -> None:
        """Answer a POST and fill the call record.

        Everything else raises.
        """
        note(route=self._route)
        with self._intake.admission.admit(declared_length(scope)) as place:
            with place.receiving_body():
                service, client, body = await self._receive(scope, receive)
            await self._intake.admission.yield_to_event_loop()
            await send_json(send, await self._answer(service, body, client, record))

    async def _receive(self, scope: Scope, receive: Receive) -> tuple[HookService, Client | None, Body]:
        client = await self._intake.authenticator.authenticate(scope)
        service = self._services.get(service_id(scope))
        if service is None:
            raise UnknownService
        if scope["method"] != "POST":
            raise MethodNotAllowed("POST")
        body = await read_body(scope, receive, self._intake.limits)
        note(hook=service.hook, bytes_in=len(body))
        return service, client, body


def service_id(scope: Scope) -> str:
    """Return the service id in the path, routed or direct."""
    found = scope.get("path_params", {}).get("service")
    return found if isinstance(found, str) else scope["path"].split("/")[2]


async def send_json(send: Send, content: bytes) -> None:
    """Send a 200 with uncacheable JSON."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(content)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
