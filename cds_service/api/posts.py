"""What the two endpoints under a service's id share: the way from a POST with JSON to an answer with JSON.

It must not know what is asked or answered, and must not read a body before it knows who sends it.
Tests: tests/service/test_invoke.py, tests/service/test_invoke_errors.py, tests/service/test_feedback.py.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from cds_service.api.limits import Limits, declared_length, read_body
from cds_service.api.room import Room
from cds_service.clients.client import Client
from cds_service.clients.gate import Gate
from cds_service.errors import MethodNotAllowed, UnknownService
from cds_service.hooks import HookService
from cds_service.log import note
from cds_service.strict_json import Body

Answer = Callable[[HookService, Body, Client | None], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Door:
    """What every body has to pass: who sends it, and how much of it is read."""

    gate: Gate
    limits: Limits
    room: Room


class PostEndpoint:
    """An ASGI endpoint below `/cds-services/{service}`; plain, because every call of an EHR goes through it."""

    def __init__(self, route: str, services: Mapping[str, HookService], door: Door, answer: Answer) -> None:
        self._route = route
        self._services = services
        self._door = door
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST with the service's JSON; everything else is an exception that becomes an error."""
        note(route=self._route)
        with self._door.room.place(declared_length(scope)) as place:
            with place.arriving():
                service, client, body = await self._taken_in(scope, receive)
            await self._door.room.turn()
            await send_json(send, await self._answer(service, body, client))

    async def _taken_in(self, scope: Scope, receive: Receive) -> tuple[HookService, Client | None, Body]:
        client = await self._door.gate.admit(scope)
        service = self._services.get(_service_of(scope))
        if service is None:
            raise UnknownService
        if scope["method"] != "POST":
            raise MethodNotAllowed("POST")
        body = await read_body(scope, receive, self._door.limits)
        note(hook=service.hook, bytes_in=len(body))
        return service, client, body


def _service_of(scope: Scope) -> str:
    """Return the id in the path, whether a router has cut it out or not."""
    found = scope.get("path_params", {}).get("service")
    return found if isinstance(found, str) else scope["path"].split("/")[2]


async def send_json(send: Send, content: bytes) -> None:
    """Send a 200 with JSON that nobody may keep."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(content)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
