"""HTTP client of the conformance command, for the user's URL only.

It must not follow redirects, keep cookies, use proxies, or put the token anywhere but into its header.
Tests: tests/conformance/test_client.py.
"""

import asyncio
from collections.abc import Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import cycle
from time import perf_counter
from types import TracebackType
from typing import Self

import httpx

from cds_service.conformance.record import Ask, Exchange

LONGEST_ANSWER = 8 * 1024 * 1024
HEADERS = {"Accept": "application/json", "User-Agent": "recurrence-cds-conformance"}
Transport = httpx.AsyncBaseTransport


class ServiceClient:
    """Makes planned requests in turn and returns exchanges.

    A failure is an exchange too, never an exception.
    """

    def __init__(
        self, base: str, tokens: Sequence[str] = (), timeout_s: float = 10, transport: Transport | None = None
    ) -> None:
        self._base = base
        self._tokens = cycle(tokens) if tokens else None
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(
            transport=transport or httpx.AsyncHTTPTransport(verify=httpx.create_ssl_context(), trust_env=False),
            headers=HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def make(self, asks: Mapping[str, Ask]) -> dict[str, Exchange]:
        """Return the exchange of each request, made in their order."""
        return {name: await self.exchange(ask) for name, ask in asks.items()}

    async def exchange(self, ask: Ask) -> Exchange:
        """Return a request with its answer or failure."""
        began = perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._answer(ask, began)
        except (TimeoutError, httpx.TimeoutException):
            return Exchange(ask, failure=f"no answer within {self._timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Exchange(ask, failure=f"no answer ({type(error).__name__})")

    async def _answer(self, ask: Ask, began: float) -> Exchange:
        headers = {**self._own_headers(ask), **ask.headers}
        url = f"{self._base}{ask.path}"
        async with self._http.stream(ask.method, url, content=ask.body, headers=headers) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    return Exchange(ask, failure=f"an answer longer than {LONGEST_ANSWER} bytes")
            milliseconds = (perf_counter() - began) * 1000
            shown = {name.lower(): value for name, value in response.headers.items()}
            return Exchange(ask, response.status_code, shown, bytes(body), milliseconds)

    def _own_headers(self, ask: Ask) -> dict[str, str]:
        headers = {} if ask.body is None else {"Content-Type": "application/json"}
        if self._tokens is not None and not ask.anonymous:
            headers["Authorization"] = f"Bearer {next(self._tokens)}"
        return headers
