"""GET /smart/launch and /smart/callback, from the EHR to the evidence view.

There is no session, and every failure is a page without patient data.
Tests: tests/smart/test_launch.py, tests/smart/test_refusals.py.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cds_service.api.error_responses import log_error
from cds_service.clients.client import Client
from cds_service.clock import Clock
from cds_service.concurrency.admission import AdmissionControl
from cds_service.config.settings import Profile
from cds_service.errors import MissingData
from cds_service.evaluation.response import LAUNCH
from cds_service.evidence_view.html import error_html, evidence_html, page_headers
from cds_service.evidence_view.page_model import page_of
from cds_service.fhir.chart.chart import Chart, load_chart
from cds_service.fhir.chart.chart import Request as ChartRequest
from cds_service.fhir.chart.concurrent_fetch import FetchDeadlines
from cds_service.hooks.context import HookContext
from cds_service.log import note
from cds_service.security.egress import AuthorizationClient
from cds_service.security.urls import BaseUrl, parse_base
from cds_service.smart.discovery import Server, discovered
from cds_service.smart.errors import AccessExpired, AccessRefused, LaunchError, UnknownEhr
from cds_service.smart.pending_launch import Cookie, PendingLaunch
from cds_service.smart.token_exchange import Granted, TokenExchange, new_verifier

CALLBACK = "/smart/callback"
LONGEST = 4096
"""Longest value of the query."""
HTML = "text/html"
REFUSED_BY_SERVER = "unauthorized"
Handle = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Launches:
    """Common parts of all launches."""

    context: HookContext
    clients: tuple[Client, ...]
    authorization: AuthorizationClient
    cookie: Cookie
    clock: Clock
    admission: AdmissionControl
    contexts: dict[str, HookContext] = field(init=False)

    def __post_init__(self) -> None:
        """Give each client a runtime of its own."""
        object.__setattr__(self, "contexts", {client.id: self.context.for_client(client) for client in self.clients})

    def routes(self) -> list[Route]:
        """Return both routes."""
        return [
            Route(LAUNCH, self._calm("smart-launch", self._launch), methods=["GET"]),
            Route(CALLBACK, self._calm("smart-callback", self._callback), methods=["GET"]),
        ]

    def _calm(self, route: str, handle: Handle) -> Handle:
        """Return the handler with a page for every failure.

        The launch ends if it was answered.
        """

        async def answer(request: Request) -> Response:
            note(route=route)
            request.state.language = self.context.language(None)
            try:
                with self.admission.admit():
                    response = await handle(request)
            except Exception as exception:  # noqa: BLE001 - whoever looks gets a page, whatever went wrong
                error, error_id = log_error(exception)
                content = error_html(error.code, error_id, request.state.language)
                response = Response(content, error.status, page_headers(self._framed_by()), HTML)
            if handle == self._callback:
                self.cookie.clear(response)
            return response

        return answer

    async def _launch(self, request: Request) -> Response:
        """Send the browser to the EHR's authorization server."""
        iss, launch = _one(request, "iss"), _one(request, "launch")
        if iss is None or launch is None:
            raise LaunchError
        client, base = self._client(iss, request)
        pending = PendingLaunch.new(iss, new_verifier(), self._now())
        exchange = await self._exchange(client, base)
        url = exchange.authorization_url(pending, launch)
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        response = RedirectResponse(url, HTTPStatus.FOUND, headers)
        self.cookie.put(response, pending)
        return response

    async def _callback(self, request: Request) -> Response:
        """Turn the EHR's answer into the page."""
        pending = self.cookie.taken(request.cookies.get(self.cookie.name), _one(request, "state"), self._now())
        client, base = self._client(pending.iss, request)
        code = _one(request, "code")
        if "error" in request.query_params or code is None:
            raise AccessRefused
        exchange = await self._exchange(client, base)
        granted = await exchange.granted(pending, code, self.authorization, self._now())
        chart = await self._chart(client, pending.iss, granted)
        page = page_of(chart, self.contexts[client.id].today(), client.language)
        return Response(evidence_html(page, drop_query=True), HTTPStatus.OK, page_headers(client.origins), HTML)

    def _client(self, iss: str, request: Request) -> tuple[Client, BaseUrl]:
        """Return the client of exactly this FHIR server.

        Raises UnknownEhr before any request. Later answers are in the client's language.
        """
        base = parse_base(iss)
        found = next((client for client in self.clients if base in client.fhir_servers), None)
        if base is None or found is None:
            raise UnknownEhr
        note(client=found.id)
        request.state.language = found.language
        return found, base

    async def _exchange(self, client: Client, base: BaseUrl) -> TokenExchange:
        settings = self.context.settings
        server = Server.of(client, base, production=settings.profile is Profile.PRODUCTION)
        endpoints = await discovered(server, self.authorization)
        if client.smart is None or settings.public_url is None:
            raise UnknownEhr
        return TokenExchange(client.smart, server, endpoints, f"{settings.public_url}{CALLBACK}")

    async def _chart(self, client: Client, iss: str, granted: Granted) -> Chart:
        """Return the chart read with the user's token, or raise."""
        context = self.contexts[client.id]
        access = context.fhir.access(iss, granted.token)
        queries = context.profile.queries
        request = ChartRequest(granted.patient_id, {}, access, context.today(), context.vocabulary, queries)
        seconds = context.settings.hard_deadline_s
        chart = await load_chart(request, context.fhir, FetchDeadlines(seconds, seconds))
        note(resources=chart.pool.seen, sources_fetched=chart.fetched)
        unknown = chart.unknown_required
        if any(gap.reason == REFUSED_BY_SERVER for gap in unknown):
            raise AccessExpired
        if unknown:
            raise MissingData(tuple(gap.source for gap in unknown))
        return chart

    def _framed_by(self) -> Iterable[BaseUrl]:
        """Return the frame ancestors of a page without a client."""
        return {origin for client in self.clients for origin in client.origins}

    def _now(self) -> float:
        return self.clock.now().timestamp()


def _one(request: Request, name: str) -> str | None:
    """Return a bounded query value that appears once."""
    values = request.query_params.getlist(name)
    return values[0] if len(values) == 1 and 0 < len(values[0]) <= LONGEST else None
