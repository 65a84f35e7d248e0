"""CPU and latency of calls, in blocks that alternate between the service and the floor.

It counts no answer but the expected one: a fast wrong answer is no result.
Tests: every run of `make bench` checks its own answers.
"""

import json
import math
import statistics
import time
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


def compare(ours: Target, floor: Target, *, blocks: int, block_s: float) -> tuple[Figures, Figures, float]:
    """Figures of both, and the median over pairs of blocks of our CPU per call divided by the floor's."""
    meters = (_Meter(ours, block_s), _Meter(floor, block_s))
    pairs = [(meters[0].block(), meters[1].block()) for _ in range(blocks)]
    ratio = statistics.median(mine.cpu_ms / least.cpu_ms for mine, least in pairs)
    return _figures([mine for mine, _ in pairs]), _figures([least for _, least in pairs]), ratio


class _Meter:
    """Measures one target, once its first answer was found right and it is warm."""

    def __init__(self, target: Target, block_s: float) -> None:
        self._target = target
        with closing(target.server.connect()) as connection:
            self._answer = self._call(connection)
            _check(target, self._answer)
            start = time.perf_counter()
            for _ in range(WARM_CALLS):
                self._call(connection)
            self._calls = max(FEWEST_CALLS, math.ceil(block_s * WARM_CALLS / (time.perf_counter() - start)))

    def block(self) -> Block:
        """The cost of one block of calls on a new connection, its first call not counted."""
        latencies: list[float] = []
        with closing(self._target.server.connect()) as connection:
            self._call(connection)
            before = self._target.server.cpu_ns()
            for _ in range(self._calls):
                start = time.perf_counter()
                answer = self._call(connection)
                latencies.append((time.perf_counter() - start) * 1e3)
                if answer != self._answer:
                    raise BenchError(f"The {self._target.server.name} answers the same call in two ways.")
            used = self._target.server.cpu_ns() - before
        return Block(used / 1e6 / self._calls, tuple(latencies))

    def _call(self, connection: HTTPConnection) -> bytes:
        connection.request("POST", self._target.path, self._target.body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        if response.status != HTTPStatus.OK:
            raise BenchError(f"The {self._target.server.name} answers {response.status}: {answer[:500]!r}")
        return answer


def _check(target: Target, answer: bytes) -> None:
    """Refuse an answer whose cards are not about exactly the expected topics."""
    cards = json.loads(answer)["cards"]
    topics = [card["source"]["topic"]["code"] for card in cards]
    if sorted(topics) != sorted(target.topics):
        raise BenchError(f"The {target.server.name} answers cards on {topics}, expected {sorted(target.topics)}.")


def _figures(blocks: list[Block]) -> Figures:
    latencies = sorted(latency for block in blocks for latency in block.latencies_ms)
    return Figures(
        calls=len(latencies),
        cpu_ms=statistics.median(block.cpu_ms for block in blocks),
        p50_ms=statistics.median(latencies),
        p95_ms=latencies[math.ceil(0.95 * len(latencies)) - 1],
    )
