"""Calls over keep-alive connections, timed one by one: in a closed loop, or at a rate whatever comes back.

It must not judge an answer but by its status, and must not send anywhere but to loopback.
Tests: every run of `make load` goes through it.
"""

import asyncio
import math
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final, cast

from bench.servers import HOST

BROKEN: Final = 0
"""In place of a status: the connection ended before the answer."""
OK: Final = 200
LONGEST_S: Final = 60.0
SEED: Final = 20260615
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call ended, and how long it took from its first byte to the last of its answer."""

    status: int
    ms: float


@dataclass(frozen=True, slots=True)
class Target:
    """What is called: a port, and the whole request as it goes over the wire."""

    port: int
    request: bytes

    @classmethod
    def post(cls, port: int, path: str, body: bytes) -> "Target":
        """The call of a path with a JSON body."""
        head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        return cls(port, head.encode() + _END + body)


class Connection:
    """One keep-alive connection, opened anew where the server closed it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._wire: _Wire | None = None

    async def call(self) -> Reply:
        """Make one call."""
        loop = asyncio.get_running_loop()
        if self._wire is None or not self._wire.is_open:
            _, self._wire = await loop.create_connection(_Wire, HOST, self._target.port)
        began = loop.time()
        async with asyncio.timeout(LONGEST_S):
            status = await self._wire.ask(self._target.request)
        return Reply(status, (loop.time() - began) * 1e3)

    def close(self) -> None:
        """Close the connection."""
        if self._wire is not None:
            self._wire.close()


class _Wire(asyncio.Protocol):
    """A connection as long as it lasts."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer = bytearray()
        self._asked: asyncio.Future[int] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the server has not closed it, as it does when nothing came for a while."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> int:
        """The status of the answer, BROKEN where there is none."""
        self._answer.clear()
        self._asked = asyncio.get_running_loop().create_future()
        if self._transport is not None:
            self._transport.write(request)
        return await self._asked

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer; with the last one the call ends."""
        self._answer += data
        head, end, body = self._answer.partition(_END)
        if end and len(body) >= _length(head):
            self._end(int(head.split(None, 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended says nothing
        """End a call that gets no answer any more."""
        self._transport = None
        self._end(BROKEN)

    def _end(self, status: int) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(status)


async def closed_loop(target: Target, *, connections: int, calls: int) -> list[Reply]:
    """Replies of so many calls, each connection calling again as soon as it is answered."""
    left = iter(range(calls))

    async def keep_calling() -> list[Reply]:
        connection = Connection(target)
        replies = [await connection.call() for _ in left]
        connection.close()
        return replies

    return _all(await asyncio.gather(*(keep_calling() for _ in range(connections))))


async def until_stopped(target: Target, stop: asyncio.Event) -> list[Reply]:
    """Replies of one connection that calls without pause until it is stopped."""
    connection = Connection(target)
    replies = []
    while not stop.is_set():
        replies.append(await connection.call())
    connection.close()
    return replies


async def open_loop(target: Target, *, per_second: float, seconds: float) -> list[Reply]:
    """Replies of calls that come at random moments at a rate, however many are still under way."""
    loop, random = asyncio.get_running_loop(), Random(SEED)
    idle: list[Connection] = []

    async def one() -> Reply:
        connection = idle.pop() if idle else Connection(target)
        reply = await connection.call()
        idle.append(connection)
        return reply

    begun, when = [], loop.time()
    ends = when + seconds
    while (when := when + random.expovariate(per_second)) < ends:
        await asyncio.sleep(max(0, when - loop.time()))
        begun.append(asyncio.create_task(one()))
    replies = await asyncio.gather(*begun)
    for connection in idle:
        connection.close()
    return list(replies)


def answered(replies: Iterable[Reply]) -> list[float]:
    """The milliseconds of the calls that were answered with cards."""
    return [reply.ms for reply in replies if reply.status == OK]


def statuses(replies: Iterable[Reply]) -> Counter[int]:
    """How many calls ended with each status."""
    return Counter(reply.status for reply in replies)


def told(replies: Iterable[Reply]) -> str:
    """The same in words."""
    names = {BROKEN: "broken off"}
    return ", ".join(f"{count:,} x {names.get(status, status)}" for status, count in sorted(statuses(replies).items()))


def median(times: list[float]) -> float:
    """The middle one."""
    return statistics.median(times) if times else math.nan


def p99(times: list[float]) -> float:
    """What one in a hundred takes longer than."""
    return sorted(times)[math.ceil(0.99 * len(times)) - 1] if times else math.nan


def _length(head: bytes | bytearray) -> int:
    lines = bytes(head).lower().split(b"\r\n")
    return next((int(line[len(_LENGTH) :]) for line in lines if line.startswith(_LENGTH)), 0)


def _all(parts: Iterable[list[Reply]]) -> list[Reply]:
    return [reply for part in parts for reply in part]
