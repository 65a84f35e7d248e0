"""The only HTTP client: listed FHIR servers and registered key sets, no redirects, cookies or proxies, bytes counted.

It must not keep or log a token, a URL or a body, and must not ask a server that is not listed.
Tests: tests/security/test_egress.py.
"""

import asyncio
import copy
import ssl
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from cds_service.errors import ServerNotAllowed
from cds_service.origins import Base, parse_base, parse_link
from cds_service.settings import Settings

Transport = httpx.AsyncBaseTransport
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "recurrence-cds"}
FHIR = "application/fhir+json"
KEY_SET = "application/jwk-set+json, application/json"
KEY_SET_BYTES = 64 * 1024
KEY_SET_SECONDS = 3.0
CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=20)
OK = 200
REASONS = {401: "unauthorized", 403: "unauthorized", 404: "not-found", 410: "not-found"}


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The caller's token for its FHIR server: kept for one call, never shown."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """A FHIR server that may be asked, with the token to ask it. Made by `FhirClient.access` only."""

    base: str
    token: AccessToken | None = None

    def holds(self, link: str) -> bool:
        """Return whether a link lies under this server's base."""
        base, target = parse_base(self.base), parse_link(link)
        return base is not None and target is not None and base.holds(target)


@dataclass(frozen=True, slots=True)
class Failed:
    """Why an answer can't be used; `reason` is a stable code."""

    reason: str


class FhirClient:
    """Reads from FHIR servers on the list, one connection pool for all calls."""

    def __init__(self, settings: Settings, transport: Transport | None = None) -> None:
        self._allowed = settings.allowed_servers()
        self._timeout_s = settings.fhir_timeout_s
        self.max_bytes = settings.max_source_bytes
        self.max_pages = settings.max_pages
        self._http = _client(FHIR, settings.fhir_timeout_s, transport)

    def limited_to(self, servers: Iterable[Base]) -> Self:
        """Return the same client with another list: what one caller may name, another may not."""
        limited = copy.copy(self)
        limited._allowed = tuple(servers)  # noqa: SLF001 - its own copy
        return limited

    def access(self, fhir_server: str, token: AccessToken | None = None) -> FhirAccess:
        """Return leave to ask a server, or raise ServerNotAllowed; no name is resolved for that."""
        server = self._listed(fhir_server)
        if server is None:
            raise ServerNotAllowed
        return FhirAccess(str(server), token)

    async def get(self, access: FhirAccess, url: str, max_bytes: int) -> bytes | Failed:
        """Return the body of a 200 answer, at most `max_bytes` long, or why there is none."""
        if self._listed(access.base) is None or not access.holds(url):
            return Failed("not-allowed")
        return await _in_time(self._read(access, url, max_bytes), self._timeout_s)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def _listed(self, url: str) -> Base | None:
        server = parse_base(url)
        return server if server and any(entry.holds(server) for entry in self._allowed) else None

    async def _read(self, access: FhirAccess, url: str, max_bytes: int) -> bytes | Failed:
        headers = {"Authorization": f"Bearer {access.token.value}"} if access.token else {}
        async with self._http.stream("GET", url, headers=headers) as response:
            return await _taken(response, max_bytes)


class KeySetClient:
    """Reads the key sets of registered clients, from exactly the registered URLs."""

    def __init__(self, urls: frozenset[str], transport: Transport | None = None) -> None:
        self._urls = urls
        self._http = _client(KEY_SET, KEY_SET_SECONDS, transport)

    async def get(self, url: str) -> bytes | Failed:
        """Return the body of a 200 answer, or why there is none."""
        if url not in self._urls:
            return Failed("not-allowed")
        return await _in_time(self._read(url), KEY_SET_SECONDS)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _read(self, url: str) -> bytes | Failed:
        async with self._http.stream("GET", url) as response:
            return await _taken(response, KEY_SET_BYTES)


def _client(accept: str, timeout_s: float, transport: Transport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport or httpx.AsyncHTTPTransport(verify=_tls(), limits=CONNECTIONS, trust_env=False),
        headers={"Accept": accept, **HEADERS},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
    )


async def _in_time(answer: Awaitable[bytes | Failed], seconds: float) -> bytes | Failed:
    """Return the answer, or a failure on the way by its stable code."""
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except (TimeoutError, httpx.TimeoutException):
        return Failed("late")
    except httpx.RemoteProtocolError:
        return Failed("broken-answer")
    except (httpx.HTTPError, httpx.InvalidURL):
        return Failed("unreachable")


@cache
def _tls() -> ssl.SSLContext:
    """Return the terms for https: certificates checked, authorities as shipped with the client. Read once."""
    return httpx.create_ssl_context(trust_env=False)


def _refusal(response: httpx.Response) -> str | None:
    status = response.status_code
    if status != OK:
        return REASONS.get(status) or _reason_of_class(status)
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        return "encoding"
    return None


def _reason_of_class(status: int) -> str:
    if httpx.codes.is_redirect(status):
        return "redirect"
    return "server-error" if httpx.codes.is_server_error(status) else f"status-{status}"


async def _taken(response: httpx.Response, max_bytes: int) -> bytes | Failed:
    reason = _refusal(response)
    return Failed(reason) if reason else await _counted(response, max_bytes)


async def _counted(response: httpx.Response, max_bytes: int) -> bytes | Failed:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            return Failed("too-large")
    return bytes(body)
