"""The only HTTP client: listed FHIR servers, no redirects, no cookies, no proxies, bytes counted as they arrive.

It must not keep or log a token, a URL or a body, and must not ask a server that the settings don't list.
Tests: tests/security/test_egress.py.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from cds_service.errors import ServerNotAllowed
from cds_service.origins import Base, parse_base, parse_link
from cds_service.settings import Settings

Transport = httpx.AsyncBaseTransport
HEADERS = {"Accept": "application/fhir+json", "Accept-Encoding": "identity", "User-Agent": "recurrence-cds"}
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
        self._http = httpx.AsyncClient(
            transport=transport or httpx.AsyncHTTPTransport(verify=_tls(), limits=CONNECTIONS, trust_env=False),
            headers=HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=settings.fhir_timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

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
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._read(access, url, max_bytes)
        except (TimeoutError, httpx.TimeoutException):
            return Failed("late")
        except httpx.RemoteProtocolError:
            return Failed("broken-answer")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Failed("unreachable")

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def _listed(self, url: str) -> Base | None:
        server = parse_base(url)
        return server if server and any(entry.holds(server) for entry in self._allowed) else None

    async def _read(self, access: FhirAccess, url: str, max_bytes: int) -> bytes | Failed:
        headers = {"Authorization": f"Bearer {access.token.value}"} if access.token else {}
        async with self._http.stream("GET", url, headers=headers) as response:
            reason = _refusal(response)
            return Failed(reason) if reason else await _counted(response, max_bytes)


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


async def _counted(response: httpx.Response, max_bytes: int) -> bytes | Failed:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            return Failed("too-large")
    return bytes(body)
