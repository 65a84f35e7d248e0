"""What is measured: every size against the floors, a validating reader, many calls at a time, and fetching.

It prints nothing and judges nothing.
Tests: every run of `make bench`.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench import call, charts, floor, load, measure, servers
from bench.charts import Variant
from bench.load import Load
from bench.measure import Figures, Target
from bench.registered import registered
from bench.servers import Server

FLOOR_TOPICS: Final = frozenset({"floor"})
CALLERS: Final = (1, 8, 32)
WORKERS: Final = (1, 2)
VALIDATED: Final = (50, 500)
"""Sizes that are compared with a reader that validates everything: it is slow."""
LOADED: Final = 500
PRODUCTION: Final = 500
"""The size with which it is measured what a token, a row and the log cost; of the body a digest is taken."""
ALGORITHMS: Final = ("ES384", "RS384")
FETCHED: Final = (50, 500)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many blocks of calls each target and row gets, and how long a block takes."""

    blocks: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """One size and variant: the service, the floor that reads the body once, the floor that parses it."""

    size: int
    variant: Variant
    body_bytes: int
    ours: Figures
    read: Figures
    parse: Figures
    ratio: float
    """Our CPU per call by that of the parsing floor."""


@dataclass(frozen=True, slots=True)
class Validated:
    """The same by a reader that makes a model of every resource."""

    size: int
    ours: Figures
    validate: Figures
    ratio: float


@dataclass(frozen=True, slots=True)
class Production:
    """What a signed call that is written down costs beside the same call of nobody in particular."""

    algorithm: str
    plain: Figures
    ours: Figures

    @property
    def more_ms(self) -> float:
        """How much more CPU per call, in milliseconds."""
        return self.ours.cpu_ms - self.plain.cpu_ms


@dataclass(frozen=True, slots=True)
class Loaded:
    """Many calls at a time: how the chart comes, and how many workers answer."""

    mode: str
    size: int
    workers: int
    load: Load


def against_floors(sizes: Sequence[int], variants: Sequence[Variant], pace: Pace) -> Iterator[Row]:
    """Every size and variant, one after the other on the same servers."""
    with servers.service() as service, servers.floor() as least:
        for variant, size in itertools.product(variants, sizes):
            ours = _prefetching(service, size, variant)
            targets = (ours, _floor(least, floor.READ, ours.body), _floor(least, floor.PARSE, ours.body))
            (mine, ratio), (read, _), (parse, _) = measure.compare(targets, blocks=pace.blocks, block_s=pace.seconds)
            yield Row(size, variant, len(ours.body), mine, read, parse, ratio)


def against_validation(pace: Pace) -> Iterator[Validated]:
    """A few calls against a reader that validates everything."""
    with servers.service() as service, servers.floor() as least:
        for size in VALIDATED:
            ours = _prefetching(service, size, Variant.CARD)
            targets = (ours, _floor(least, floor.VALIDATE, ours.body))
            (mine, ratio), (slow, _) = measure.compare(targets, blocks=2, block_s=pace.seconds)
            yield Validated(size, mine, slow, ratio)


def in_production(pace: Pace) -> Iterator[Production]:
    """A call with a token that is used once, and a row of it, against the same call without; both write log lines."""
    for algorithm in ALGORITHMS:
        with servers.service() as plain, registered(algorithm) as known:
            without = _prefetching(plain, PRODUCTION, Variant.CARD)
            signed = Target(known.server, without.path, without.body, without.topics, known.headers)
            (mine, _), (theirs, _) = measure.compare((signed, without), blocks=pace.blocks, block_s=pace.seconds)
            yield Production(algorithm, theirs, mine)


def under_load(pace: Pace) -> Iterator[Loaded]:
    """One chart sent by more and more callers, to one worker and to two."""
    for workers in WORKERS:
        with servers.service(workers) as service:
            target = _prefetching(service, LOADED, Variant.CARD)
            for callers in CALLERS:
                yield Loaded("prefetch", LOADED, workers, load.under_load(target, callers, 5 * pace.seconds))


def fetching(pace: Pace) -> Iterator[Loaded]:
    """Charts that the service has to ask for: twelve queries a call, each answered at once.

    The service waits longer than by default: on a busy machine it would go on without a source, and answer otherwise.
    """
    with servers.records() as records, servers.service(BUDGET_S="5") as service:
        for size, callers in itertools.product(FETCHED, CALLERS[:2]):
            base = f"http://{servers.HOST}:{records.port}/{Variant.CARD}/{size}"
            path, _ = servers.patient_view(service)
            target = Target(service, path, call.fetching_body(base), charts.EXPECTED_TOPICS[Variant.CARD])
            yield Loaded("fetch", size, 1, load.under_load(target, callers, 5 * pace.seconds))


def _prefetching(service: Server, size: int, variant: Variant) -> Target:
    path, templates = servers.patient_view(service)
    chart = charts.chart(size, variant, types=call.asked_types(templates))
    return Target(service, path, call.request_body(chart, templates), charts.EXPECTED_TOPICS[variant])


def _floor(server: Server, path: str, body: bytes) -> Target:
    return Target(server, path, body, FLOOR_TOPICS)
