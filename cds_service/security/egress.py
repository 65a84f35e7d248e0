"""The only HTTP client, for listed servers and key sets.

It must not keep or log a token, a URL or a body, ask an unlisted server, or follow redirects, cookies or proxies.
Tests: tests/security/test_egress.py, tests/security/test_form_search.py.
"""

import asyncio
import copy
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType
from typing import Self

import httpcore
import httpx

from cds_service.errors import ServerNotAllowed
from cds_service.security.bulkhead import WAIT, Bulkhead
from cds_service.security.fhir_access import (
    BUSY,
    LATE,
    AccessToken,
    Allowed,
    Answer,
    CallBudget,
    EgressOptions,
    FetchFailure,
    FhirAccess,
    Search,
)
from cds_service.security.pinned_network import AddressRefused, PinnedNetwork, Resolve, SystemResolver
from cds_service.security.urls import BaseUrl, parse_base

__all__ = [
    "AccessToken",
    "Allowed",
    "AuthorizationClient",
    "FetchFailure",
    "FhirAccess",
    "FhirClient",
    "KeySetClient",
    "Outside",
    "Transport",
]

Transport = httpx.AsyncBaseTransport
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "recurrence-cds"}
FHIR = "application/fhir+json"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KEY_SET = "application/jwk-set+json, application/json"
KEY_SET_BYTES = 64 * 1024
KEY_SET_SECONDS = 3.0
KEPT_CONNECTIONS = 100
KEPT_S = 5.0
OK = 200
NOTHING: Mapping[str, str] = MappingProxyType({})
REASONS = {401: "unauthorized", 403: "unauthorized", 404: "not-found", 410: "not-found", 429: WAIT}
NO_FORMS = frozenset({404, 405, 415, 501})
"""Statuses of a server without searches by form."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Replacements of network and clock."""

    transport: Transport | None = None
    """Replacement of everything below HTTP, without address checks."""
    resolve: Resolve | None = None
    network: httpcore.AsyncNetworkBackend | None = None
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class _Question:
    """A URL, with its form for a search by form."""

    url: str
    form: str | None = None


class FhirClient:
    """Client of listed FHIR servers.

    One pool serves all calls, another one internal clients.
    """

    def __init__(
        self, options: EgressOptions, transport: Transport | None = None, outside: Outside | None = None
    ) -> None:
        outside = outside or Outside(transport)
        self._allowed = options.servers
        self._client: str | None = None
        self._internal = options.internal
        self._search: Search = options.search
        self._without_forms: set[str] = set()
        self._timeout_s = options.timeout_s
        self.max_bytes = options.max_bytes
        self.max_pages = options.max_pages
        self.now = outside.monotonic
        self._bulkhead = Bulkhead(options.in_flight, options.breaker, outside.monotonic)
        self._http = _clients(FHIR, options.timeout_s, outside)

    def limited_to(
        self,
        servers: Iterable[BaseUrl],
        *,
        client: str | None = None,
        internal: bool = False,
        search: Search | None = None,
    ) -> Self:
        """Return this client for one caller, with its list and options."""
        limited = copy.copy(self)
        limited._allowed = tuple(servers)  # noqa: SLF001 - its own copy
        limited._client = client  # noqa: SLF001 - as above
        limited._internal = internal  # noqa: SLF001 - as above
        limited._search = search or self._search  # noqa: SLF001 - as above
        return limited

    def access(self, fhir_server: str, token: AccessToken | None = None) -> FhirAccess:
        """Return access to a server.

        Raises ServerNotAllowed. No name is resolved for it.
        """
        server = self._listed(fhir_server)
        if server is None:
            raise ServerNotAllowed
        return FhirAccess(str(server), token, CallBudget(self._client))

    async def get(self, access: FhirAccess, url: str, max_bytes: int) -> bytes | FetchFailure:
        """Return the body of a 200 answer, or the failure.

        The body has at most `max_bytes`.
        """
        return await self._ask(access, _Question(url), max_bytes)

    async def search(self, access: FhirAccess, query: str, max_bytes: int) -> bytes | FetchFailure:
        """Return the first page of a search, or the failure.

        By form the patient's id is in no URL. With `auto` a server without forms is asked by URL, as remembered for
        this worker's life.
        """
        kind, _, form = query.partition("?")
        by_url = _Question(f"{access.base}/{query}")
        if self._search == "get" or (self._search == "auto" and access.base in self._without_forms):
            return await self._ask(access, by_url, max_bytes)
        answer = await self._ask(access, _Question(f"{access.base}/{kind}/_search", form), max_bytes)
        if self._search == "post" or not isinstance(answer, FetchFailure) or answer.status not in NO_FORMS:
            return answer
        self._without_forms.add(access.base)
        return await self._ask(access, by_url, max_bytes)

    async def close(self) -> None:
        """Close all connections."""
        for http in self._http.values():
            await http.aclose()

    def _listed(self, url: str) -> BaseUrl | None:
        server = parse_base(url)
        return server if server and any(entry.contains(server) for entry in self._allowed) else None

    async def _ask(self, access: FhirAccess, question: _Question, max_bytes: int) -> Answer:
        if self._listed(access.base) is None or not access.contains(question.url):
            return FetchFailure("not-allowed")
        read = partial(self._read, access, question, max_bytes)
        seconds = min(self._timeout_s, access.call.deadline - self.now())
        return await self._bulkhead.ask(access, seconds, lambda left: _in_time(read(), left))

    async def _read(self, access: FhirAccess, question: _Question, max_bytes: int) -> Answer:
        headers = {"Authorization": f"Bearer {access.token.value}"} if access.token else {}
        return await _answer(self._http[self._internal], question, headers, max_bytes)


class KeySetClient:
    """Client of key sets at exactly the registered URLs."""

    def __init__(
        self,
        urls: frozenset[str],
        transport: Transport | None = None,
        *,
        internal: frozenset[str] = frozenset(),
        outside: Outside | None = None,
    ) -> None:
        self._urls = urls
        self._internal = internal
        """URLs of internal clients, with private addresses allowed."""
        self._http = _clients(KEY_SET, KEY_SET_SECONDS, outside or Outside(transport))

    async def get(self, url: str) -> bytes | FetchFailure:
        """Return the body of a 200 answer, or the failure."""
        if url not in self._urls:
            return FetchFailure("not-allowed")
        http = self._http[url in self._internal]
        return await _in_time(_answer(http, _Question(url), {}, KEY_SET_BYTES), KEY_SET_SECONDS)

    async def close(self) -> None:
        """Close all connections."""
        for http in self._http.values():
            await http.aclose()


class AuthorizationClient:
    """Client of SMART authorization servers, each at its registered place."""

    def __init__(self, transport: Transport | None = None, outside: Outside | None = None) -> None:
        self._http = _clients("application/json", KEY_SET_SECONDS, outside or Outside(transport))

    async def ask(
        self, url: str, allowed: Allowed, form: str | None = None, headers: Mapping[str, str] = NOTHING
    ) -> Answer:
        """Return the body of a 200 answer, or the failure.

        `form` makes it a POST.
        """
        if not allowed.contains(url):
            return FetchFailure("not-allowed")
        asked = _answer(self._http[allowed.internal], _Question(url, form), headers, KEY_SET_BYTES)
        return await _in_time(asked, KEY_SET_SECONDS)

    async def close(self) -> None:
        """Close all connections."""
        for http in self._http.values():
            await http.aclose()


class _PinnedTransport(httpx.AsyncHTTPTransport):
    """Transport with a pool that connects to checked addresses only.

    The pool has no limit of its own: requests are counted by origin, so that one origin cannot take all connections.
    """

    def __init__(self, network: PinnedNetwork) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=None,
            max_keepalive_connections=KEPT_CONNECTIONS,
            keepalive_expiry=KEPT_S,
            network_backend=network,
        )


def _clients(accept: str, timeout_s: float, outside: Outside) -> dict[bool, httpx.AsyncClient]:
    """Return separate clients for public and internal servers."""
    resolve = outside.resolve or SystemResolver()
    return {
        internal: httpx.AsyncClient(
            transport=outside.transport
            or _PinnedTransport(PinnedNetwork(internal=internal, resolve=resolve, inner=outside.network)),
            headers={"Accept": accept, **HEADERS},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
        )
        for internal in (False, True)
    }


async def _answer(http: httpx.AsyncClient, question: _Question, headers: Mapping[str, str], max_bytes: int) -> Answer:
    method, content_type = ("GET", {}) if question.form is None else ("POST", FORM)
    sent = {**headers, **content_type}
    async with http.stream(method, question.url, headers=sent, content=question.form) as response:
        return await _taken(response, max_bytes)


async def _in_time(answer: Awaitable[Answer], seconds: float) -> Answer:
    """Return the answer, or a failure by its stable code."""
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except httpx.PoolTimeout:
        return FetchFailure(BUSY)
    except (TimeoutError, httpx.TimeoutException):
        return FetchFailure(LATE)
    except AddressRefused:
        return FetchFailure("address")
    except httpx.RemoteProtocolError:
        return FetchFailure("broken-answer")
    except (httpx.HTTPError, httpx.InvalidURL):
        return FetchFailure("unreachable")


@cache
def _tls() -> ssl.SSLContext:
    """Return the TLS context with the shipped authorities, made once."""
    return httpx.create_ssl_context(trust_env=False)


async def _taken(response: httpx.Response, max_bytes: int) -> Answer:
    status = response.status_code
    if status != OK:
        return FetchFailure(REASONS.get(status) or _reason_of_class(status), status)
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        return FetchFailure("encoding", status)
    return await _counted(response, max_bytes)


def _reason_of_class(status: int) -> str:
    if httpx.codes.is_redirect(status):
        return "redirect"
    return "server-error" if httpx.codes.is_server_error(status) else f"status-{status}"


async def _counted(response: httpx.Response, max_bytes: int) -> Answer:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            return FetchFailure("too-large")
    return bytes(body)
