"""Outermost layer with paths, headers, last catch and log line.

No exception may leave, because the server would print its text.
Tests: tests/api/test_cors.py, tests/service/test_log.py, tests/service/test_app.py.
"""

from collections.abc import Mapping
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_service.api.cors import Cors, Headers
from cds_service.api.error_responses import error_response
from cds_service.log import Event, Fields, begin_call, log_event
from cds_service.security.issuer import canonical

SERVICES = "/cds-services"
NOSNIFF = (b"x-content-type-options", b"nosniff")
QUIET_ROUTES = frozenset({"health", "demo"})
SUCCESS = 200


class OuterMiddleware:
    """A plain ASGI middleware, because every call passes it."""

    def __init__(self, app: ASGIApp, cors: Cors, direct: Mapping[str, ASGIApp] | None = None) -> None:
        self._app = app
        self._cors = cors
        self._direct = direct or {}
        """Endpoints by path that skip the framework's layers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer a preflight.

        Every request ends with an answer and a log line.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = _header(scope, b"origin")
        if origin is not None and scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method"):
            await self._answer_preflight(scope, send, origin)
            return
        _tidy_path(scope)
        answer = _Answer(send, (NOSNIFF, *self._cors.headers(origin)))
        await self._pass_on(scope, receive, answer)

    async def _pass_on(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        began, notes = perf_counter(), begin_call()
        try:
            await self._direct.get(scope["path"], self._app)(scope, receive, answer.send)
        except Exception as exception:  # noqa: BLE001 - the last catch: an exception's text may hold the request
            await answer.fail(scope, receive, exception)
        _log(answer.status, (perf_counter() - began) * 1000, notes)

    async def _answer_preflight(self, scope: Scope, send: Send, origin: bytes) -> None:
        private = _header(scope, b"access-control-request-private-network") == b"true"
        headers = (NOSNIFF, *self._cors.preflight(origin, private_network=private))
        await send({"type": "http.response.start", "status": 204, "headers": list(headers)})
        await send({"type": "http.response.body", "body": b""})


class _Answer:
    """Adds common headers and remembers the status."""

    __slots__ = ("_headers", "_send", "status")

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.get("headers", ())
            message["headers"] = [*headers, *(header for header in self._headers if header not in headers)]
        await self._send(message)

    async def fail(self, scope: Scope, receive: Receive, exception: Exception) -> None:
        response = error_response(exception)
        if not self.status:
            await response(scope, receive, self.send)


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value)
    return None


def _tidy_path(scope: Scope) -> None:
    """Return a path without doubled or final slashes.

    The public sandbox sends `/cds-services//id`.
    """
    path: str = scope["path"]
    if path.lstrip("/").startswith(SERVICES[1:]) and ("//" in path or path.endswith("/")):
        scope["path"] = canonical(path)


def _log(status: int, duration_ms: float, notes: Fields) -> None:
    if notes.get("route") in QUIET_ROUTES and status == SUCCESS:
        return
    notes["status"] = status
    notes["duration_ms"] = round(duration_ms, 3)
    log_event(Event.CALL, **notes)
