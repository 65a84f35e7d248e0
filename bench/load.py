"""Many calls at a time: what gets through, how long each waits, and what it costs the server.

It counts no answer but the expected one.
Tests: every run of `make bench` checks its own answers.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from bench.measure import FEWEST_CALLS, Meter, Target, percentile
from bench.processes import peak_mib


@dataclass(frozen=True, slots=True)
class Load:
    """One target under so many callers."""

    callers: int
    cpu_ms: float
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    peak_mib: float


def under_load(target: Target, callers: int, seconds: float) -> Load:
    """Figures of a target when so many callers each send one call after the other for about so long."""
    meter = Meter(target, seconds)
    share = max(FEWEST_CALLS, meter.calls // callers)
    before, start = target.server.cpu_ns(), time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        waits = list(pool.map(lambda _: _calls(meter, share), range(callers)))
    took, used = time.perf_counter() - start, target.server.cpu_ns() - before
    latencies = sorted(each for wait in waits for each in wait)
    return Load(
        callers=callers,
        cpu_ms=used / 1e6 / len(latencies),
        per_second=len(latencies) / took,
        p50_ms=percentile(latencies, 0.5),
        p95_ms=percentile(latencies, 0.95),
        p99_ms=percentile(latencies, 0.99),
        peak_mib=peak_mib(target.server.pid),
    )


def _calls(meter: Meter, count: int) -> list[float]:
    """The latencies of calls one after the other on a connection of their own."""
    with closing(meter.target.server.connect()) as connection:
        return [meter.timed(connection) for _ in range(count)]
