"""What is put on a running service, one function a scenario: what comes back is what docs/load.md shows.

It must not change a setting: the service runs as it is shipped, in development.
Tests: `make load` runs them all.
"""

import asyncio
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from bench.registered import registered
from bench.servers import BenchError, Server, free_port, service, started
from load import calls, processes
from load.driver import (
    OK,
    answered,
    closed_loop,
    median,
    open_loop,
    p99,
    statuses,
    told,
    until_stopped,
)
from load.promise import Promise, at_least, at_most
from tests.store.postgres import programs_of_the_wheel, running

FHIR_ANSWER_S: Final = 0.1
BUDGET_S: Final = 0.4
NORMAL_SHARE: Final = 0.5
"""Of what the service can answer, so much comes in normal times."""
OVERLOAD: Final = 4
OURS: Final = {200, 503}
LOAD_S: Final = 10.0
IDLE_S: Final = 1.0
WARM_CALLS: Final = 50
KEY_BYTES: Final = 32


async def start_up() -> list[Promise]:
    """How soon the service is ready, and what an idle worker holds."""
    rows = []
    for workers, starts in ((1, 5), (2, 3)):
        seconds, held = [], []
        for _ in range(starts):
            began = time.perf_counter()
            with service(workers) as server:
                seconds.append(time.perf_counter() - began)
                await asyncio.sleep(IDLE_S)
                held += [processes.resident_mib(pid) for pid in processes.workers_of(server.pid)]
        what = f"{workers} worker{'s' * (workers > 1)}"
        rows.append(at_most(f"ready after the start, {what}, median", statistics.median(seconds), 1.5, "s"))
        rows.append(at_most(f"resident memory of an idle worker, {what}, most", max(held), 100, "MiB"))
    return rows


async def everything_on() -> list[Promise]:
    """What an idle worker holds that knows a client, keeps rows, and has the pages; and once it was called."""
    with registered("ES384", with_pages=True) as known:
        await asyncio.sleep(IDLE_S)
        idle = processes.resident_mib(known.server.pid)
        path, body = calls.request_to(known.server, calls.USUAL)
        with closing(known.server.connect()) as connection:
            for page in ("/about", "/smart/launch", "/insights"):
                connection.request("GET", page)
                connection.getresponse().read()
            for _ in range(WARM_CALLS):
                connection.request("POST", path, body, {"Content-Type": "application/json", **known.headers(path)})
                answered_with = connection.getresponse()
                if answered_with.status != OK or not json.loads(answered_with.read())["cards"]:
                    raise BenchError(f"A signed call was answered {answered_with.status}.")
        await asyncio.sleep(IDLE_S)
        used = processes.resident_mib(known.server.pid)
    return [
        at_most("resident memory of an idle worker with everything on", idle, 130, "MiB"),
        at_most(f"the same after {WARM_CALLS} calls with 500 resources, and a look at each page", used, 130, "MiB"),
    ]


async def throughput() -> list[Promise]:
    """How much more two workers answer than one."""
    found: dict[int, float] = {}
    for workers in (1, 2, 1, 2):
        with service(workers) as server:
            found[workers] = max(found.get(workers, 0.0), await _capacity(server))
    both = Promise("calls per second, 500 resources, one worker and two", f"{found[1]:.0f}, {found[2]:.0f}")
    return [both, at_least("two workers against one", found[2] / found[1], 1.6, "")]


async def stores() -> list[Promise]:
    """How many calls a second are answered with a row for each, by kind of database, and without."""
    found: dict[str, float] = {}
    with _databases() as databases:
        for kind, settings in databases.items():
            with service(2, **settings) as server:
                found[kind] = await _capacity(server)
    each = ", ".join(f"{kind} {figure:.0f}" for kind, figure in found.items())
    return [Promise("calls per second, 500 resources, two workers, by where a row of each is kept", each)]


async def fetching() -> list[Promise]:
    """How long a call takes whose chart is on a FHIR server, whole and with a source that hangs."""
    rows = []
    for hangs, bound in (("-", FHIR_ANSWER_S + 0.035), ("Procedure", FHIR_ANSWER_S + BUDGET_S + 0.02)):
        with _fhir_server(hangs) as fhir, service() as server:
            target = calls.to_fetch(server, fhir)
            replies = await closed_loop(target, connections=1, calls=10 if hangs != "-" else 60)
        times = answered(replies)[3:]
        what = "one source hangs" if hangs != "-" else "every source answers in 100 ms"
        rows.append(at_most(f"call without prefetch, 500 resources, {what}, median", median(times), bound * 1e3, "ms"))
    return rows


async def fairness() -> list[Promise]:
    """How long small calls take while one client sends the largest without pause."""
    with service(2) as server:
        small, large = calls.prefetched(server, calls.SMALL), calls.prefetched(server, calls.LARGEST)
        await closed_loop(small, connections=8, calls=WARM_CALLS)
        await closed_loop(large, connections=1, calls=3)
        alone = answered(await open_loop(small, per_second=50, seconds=LOAD_S))
        stop = asyncio.Event()
        beside = asyncio.create_task(until_stopped(large, stop))
        small_beside = answered(await open_loop(small, per_second=50, seconds=LOAD_S))
        stop.set()
        larges = answered(await beside)
    bound = max(2 * p99(alone), 40.0)
    note = f"{p99(alone):.1f} ms; {len(larges)} large calls of {median(larges):.0f} ms"
    return [
        Promise("p99 of calls with 50 resources alone, 50 a second, two workers", note),
        at_most(
            "p99 of the same while one client sends 20,000 resources without pause", p99(small_beside), bound, "ms"
        ),
    ]


async def overload() -> list[Promise]:
    """What happens to calls when four times as many come as can be answered."""
    with service(2) as server:
        target = calls.prefetched(server, calls.SMALL)
        capacity = await _capacity(server, calls.SMALL)
        normal = await open_loop(target, per_second=capacity * NORMAL_SHARE, seconds=LOAD_S)
        too_many = await open_loop(target, per_second=capacity * OVERLOAD, seconds=LOAD_S)
        after = await open_loop(target, per_second=capacity * NORMAL_SHARE, seconds=LOAD_S / 2)
    others = {status: count for status, count in statuses([*normal, *too_many, *after]).items() if status not in OURS}
    return [
        Promise("calls per second that two workers answer, 50 resources", f"{capacity:.0f}"),
        Promise(f"p99 of calls at {NORMAL_SHARE:.0%} of that", f"{p99(answered(normal)):.1f} ms, {told(normal)}"),
        at_most(
            f"p99 of answered calls at {OVERLOAD} times that", p99(answered(too_many)), 2 * p99(answered(normal)), "ms"
        ),
        Promise("how those calls ended", told(too_many)),
        Promise("calls that ended otherwise than with 200 or 503", f"{sum(others.values())}", "0", kept=not others),
        Promise("p99 of calls right after it", f"{p99(answered(after)):.1f} ms, {told(after)}"),
    ]


async def _capacity(server: Server, size: int = calls.USUAL) -> float:
    """How many calls a second are answered when a few connections call without pause."""
    target = calls.prefetched(server, size)
    await closed_loop(target, connections=4, calls=WARM_CALLS)
    began = time.perf_counter()
    replies = await closed_loop(target, connections=6, calls=600)
    return len(answered(replies)) / (time.perf_counter() - began)


@contextmanager
def _databases() -> Iterator[Mapping[str, Mapping[str, str]]]:
    """What a service is told of each kind of database, all of them empty."""
    with tempfile.TemporaryDirectory(prefix="recurrence-cds-load-") as name, running(programs_of_the_wheel()) as server:
        key = Path(name) / "patients.key"
        key.write_text(secrets.token_hex(KEY_BYTES), encoding="utf-8")
        yield {
            "nowhere": {},
            "SQLite": {"DATABASE": f"sqlite:///{name}/store.sqlite3"},
            "PostgreSQL": {"DATABASE": server.new_database(), "PATIENT_KEY_FILE": str(key)},
        }


@contextmanager
def _fhir_server(hangs: str) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "load.fhir_server", str(port), str(FHIR_ANSWER_S), hangs]
    with started("FHIR server", port, command) as server:
        yield server
