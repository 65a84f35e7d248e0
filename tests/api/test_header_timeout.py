"""Headers that come drop by drop are cut off; nobody else is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn import Config, Server

from cds_service.api.header_timeout import HeaderTimeoutProtocol

pytestmark = pytest.mark.anyio
GET = b"GET / HTTP/1.1\r\nHost: here\r\n"
PATIENCE_S = 5


class _Impatient(HeaderTimeoutProtocol):
    header_seconds: ClassVar[float] = 0.3


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse((await request.body()).decode() or "nothing")


@asynccontextmanager
async def _served() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", _echo, methods=["GET", "POST"])])
    server = Server(Config(app, port=0, http=_Impatient, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """What still comes until the connection is closed, whichever way."""
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE_S)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("sent", [b"", b"GET", GET, GET + b"X-Slow: 1"])
async def test_a_connection_without_whole_headers_is_closed(sent: bytes) -> None:
    """However far it came."""
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        rest = await _rest(reader)
        writer.close()

    assert rest == b""


async def test_a_second_request_on_a_connection_has_the_same_time() -> None:
    """A connection that once asked properly is not trusted for ever."""
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET + b"\r\n")
        first = await asyncio.wait_for(reader.readuntil(b"nothing"), PATIENCE_S)
        writer.write(GET)
        rest = await _rest(reader)
        writer.close()

    assert first.startswith(b"HTTP/1.1 200")
    assert rest == b""


async def test_a_body_that_takes_longer_is_not_cut_off_here() -> None:
    """It has a deadline of its own."""
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\nConnection: close\r\n\r\na")
        await asyncio.sleep(0.6)
        writer.write(b"b")
        answer = await _rest(reader)
        writer.close()

    assert answer.endswith(b"\r\n\r\nab")


H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"


@pytest.mark.parametrize("step", [1, 7, 60, 10_000])
async def test_an_offer_to_upgrade_keeps_the_body(step: int) -> None:
    """Java's client offers HTTP/2 on plain connections, in whatever pieces it sends."""
    body = b"upgrade: a body\r\n\r\nUpgrade: h2c"
    head = b"POST / HTTP/1.1\r\nHost: here\r\n" + H2C + b"Content-Length: %d\r\n\r\n" % len(body)
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            for at in range(0, len(head + body), step):
                writer.write((head + body)[at : at + step])
                await writer.drain()
                await asyncio.sleep(0)
            answer = await asyncio.wait_for(reader.readuntil(body), PATIENCE_S)
            assert answer.startswith(b"HTTP/1.1 200")
        writer.close()


@pytest.mark.parametrize("line", [b"X-Long: " + b"x" * 70_000, b"X: 1\r\n" * 12_000])
async def test_a_head_over_64_kib_is_refused(line: bytes) -> None:
    """Many lines or a long one."""
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET + line)
        answer = await _rest(reader)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 431") or answer == b""


async def test_a_head_below_64_kib_is_read() -> None:
    """Tokens may be long."""
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET + b"X-Long: " + b"x" * 60_000 + b"\r\n\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"nothing"), PATIENCE_S)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200")
