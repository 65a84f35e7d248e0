"""CPU and latency of calls, in blocks that alternate between the service and the floors.

It counts no answer but the expected one: a fast wrong answer is no result.
Tests: every run of `make bench` checks its own answers.
"""

import json
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Final

from bench.servers import BenchError, Server

FEWEST_CALLS: Final = 3
WARM_CALLS: Final = 5


@dataclass(frozen=True, slots=True)
class Target:
    """A server with the call it gets and the card topics that a right answer has."""

    server: Server
    path: str
    body: bytes
    topics: frozenset[str]
    headers: Callable[[str], Mapping[str, str]] = lambda _path: {}
    """What the next call to a path has beside its media type."""


@dataclass(frozen=True, slots=True)
class Block:
    """What some calls in a row cost: CPU of the server per call, and each call's latency."""

    cpu_ms: float
    latencies_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One target over all its blocks."""

    calls: int
    cpu_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def compare(targets: Sequence[Target], *, blocks: int, block_s: float) -> list[tuple[Figures, float]]:
    """Figures of each, and the median over rounds of its CPU per call divided by the last one's."""
    meters = [Meter(target, block_s) for target in targets]
    rounds = [[meter.block() for meter in meters] for _ in range(blocks)]
    columns = [[each[i] for each in rounds] for i in range(len(meters))]
    ratios = [[mine.cpu_ms / each[-1].cpu_ms for mine in each] for each in rounds]
    return [(_figures(column), statistics.median(each[i] for each in ratios)) for i, column in enumerate(columns)]


class Meter:
    """Measures one target, once its first answer was found right and it is warm."""

    def __init__(self, target: Target, block_s: float) -> None:
        """Call it a few times, to see how many calls fill a block."""
        self.target = target
        with closing(target.server.connect()) as connection:
            self._answer = self._call(connection)
            _check(target, self._answer)
            start = time.perf_counter()
            for _ in range(WARM_CALLS):
                self._call(connection)
            self.calls = max(FEWEST_CALLS, math.ceil(block_s * WARM_CALLS / (time.perf_counter() - start)))

    def block(self) -> Block:
        """The cost of one block of calls on a new connection, its first call not counted."""
        with closing(self.target.server.connect()) as connection:
            self._call(connection)
            before = self.target.server.cpu_ns()
            latencies = tuple(self.timed(connection) for _ in range(self.calls))
            used = self.target.server.cpu_ns() - before
        return Block(used / 1e6 / self.calls, latencies)

    def timed(self, connection: HTTPConnection) -> float:
        """The latency of one call in milliseconds."""
        headers = self._headers()
        start = time.perf_counter()
        answer = self._call(connection, headers)
        took = time.perf_counter() - start
        if answer != self._answer:
            raise BenchError(f"The {self.target.server.name} answers the same call in two ways.")
        return took * 1e3

    def _headers(self) -> Mapping[str, str]:
        return {"Content-Type": "application/json", **self.target.headers(self.target.path)}

    def _call(self, connection: HTTPConnection, headers: Mapping[str, str] | None = None) -> bytes:
        connection.request("POST", self.target.path, self.target.body, headers or self._headers())
        response = connection.getresponse()
        answer = response.read()
        if response.status != HTTPStatus.OK:
            raise BenchError(f"The {self.target.server.name} answers {response.status}: {answer[:500]!r}")
        return answer


def _check(target: Target, answer: bytes) -> None:
    """Refuse an answer whose cards are not about exactly the expected topics."""
    cards = json.loads(answer)["cards"]
    topics = [card["source"]["topic"]["code"] for card in cards]
    if sorted(topics) != sorted(target.topics):
        raise BenchError(f"The {target.server.name} answers cards on {topics}, expected {sorted(target.topics)}.")


def percentile(latencies: Sequence[float], share: float) -> float:
    """The latency that so large a share of the calls keeps; they are sorted."""
    return latencies[math.ceil(share * len(latencies)) - 1]


def _figures(blocks: list[Block]) -> Figures:
    latencies = sorted(latency for block in blocks for latency in block.latencies_ms)
    return Figures(
        calls=len(latencies),
        cpu_ms=statistics.median(block.cpu_ms for block in blocks),
        p50_ms=percentile(latencies, 0.5),
        p95_ms=percentile(latencies, 0.95),
        p99_ms=percentile(latencies, 0.99),
    )
