"""The HTTP client of the checks: what it never does, and how it says that there was no answer.

It must not judge answers.
It tests cds_service/conformance/client.py.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from cds_service.conformance.client import LONGEST_ANSWER, ServiceClient
from cds_service.conformance.record import Ask

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:1/base"
ASK = Ask("GET", "/cds-services")


def _client(answer: Callable[[httpx.Request], httpx.Response], *tokens: str) -> ServiceClient:
    return ServiceClient(BASE, tokens, transport=httpx.MockTransport(answer))


async def test_the_path_follows_the_base_and_the_token_stands_in_its_header_only() -> None:
    """Nobody finds it in a log of addresses."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"services": []}, headers={"X-Own": "a"})

    async with _client(answer, "a.b.c") as client:
        exchange = await client.exchange(ASK)
        await client.exchange(Ask("POST", "/cds-services/x", b"{}", anonymous=True))

    assert (exchange.status, exchange.json, exchange.headers["x-own"]) == (200, {"services": []}, "a")
    assert exchange.milliseconds > 0
    assert [str(request.url) for request in seen] == [f"{BASE}/cds-services", f"{BASE}/cds-services/x"]
    assert [request.headers.get("authorization") for request in seen] == ["Bearer a.b.c", None]
    assert seen[1].headers["content-type"] == "application/json"


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    """The token would go with it."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"location": "https://other.example"})

    async with _client(answer, "a.b.c") as client:
        assert (await client.exchange(ASK)).status == 302
    assert len(asked) == 1


async def test_a_cookie_is_not_kept() -> None:
    """Each call stands for itself."""
    cookies = []

    def answer(request: httpx.Request) -> httpx.Response:
        cookies.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"set-cookie": "a=b; Path=/"})

    async with _client(answer) as client:
        await client.make({"one": ASK, "two": ASK})
    assert cookies == [None, None]


async def test_an_answer_without_end_is_given_up() -> None:
    """After so many bytes."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1024 * 1024

    async with _client(lambda _request: httpx.Response(200, content=endless())) as client:
        exchange = await client.exchange(ASK)
    assert exchange.shown == f"an answer longer than {LONGEST_ANSWER} bytes"


async def test_an_answer_that_does_not_come_is_given_up() -> None:
    """After so many seconds for the whole of it."""

    async def never(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with ServiceClient(BASE, (), 0.01, httpx.MockTransport(never)) as client:
        assert (await client.exchange(ASK)).failure == "no answer within 0.01 s"


async def test_a_service_that_is_down_is_no_exception() -> None:
    """The report goes on with what there is."""
    async with ServiceClient(BASE, timeout_s=5) as client:
        assert (await client.exchange(ASK)).failure == "no answer (ConnectError)"
