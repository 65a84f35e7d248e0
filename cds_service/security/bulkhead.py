"""Bulkhead, the limit on a worker's requests to one origin.

Tests: tests/security/test_bulkhead.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cds_service.log import Event, Fields, log_event
from cds_service.security.circuit_breaker import CircuitBreaker, StateChange
from cds_service.security.fhir_access import (
    BUSY,
    CIRCUIT_OPEN,
    LATE,
    TOLD_TO_WAIT,
    Answer,
    BreakerOptions,
    FetchFailure,
    FhirAccess,
)
from cds_service.security.urls import parse_base

WAIT = "status-429"
Send = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class _Origin:
    slots: asyncio.Semaphore
    breaker: CircuitBreaker


class Bulkhead:
    """One worker's requests, counted by origin."""

    def __init__(self, in_flight: int, terms: BreakerOptions, monotonic: Callable[[], float]) -> None:
        self._in_flight = in_flight
        self._terms = terms
        self._monotonic = monotonic
        self._origins: dict[tuple[str, str, int] | None, _Origin] = {}

    async def ask(self, access: FhirAccess, seconds: float, read: Callable[[float], Awaitable[Answer]]) -> Answer:
        """Return the result of `read` with the remaining seconds, or a failure."""
        origin = self._origin(access.base)
        ends = self._monotonic() + seconds
        may_wait = access.progress.begun or origin.slots.locked()
        access.progress.begun = True
        refused = _refused(access, origin, may_wait=may_wait)
        if refused is not None or seconds <= 0:
            return refused or FetchFailure(LATE)
        if not await _has_room(access, origin, seconds):
            return FetchFailure(BUSY)
        try:
            refused = _refused(access, origin, may_wait=may_wait)
            return refused or await _sent(access, origin, lambda: read(ends - self._monotonic()))
        finally:
            origin.slots.release()

    def _origin(self, base: str) -> _Origin:
        server = parse_base(base)
        key = None if server is None else (server.scheme, server.host, server.port)
        if key not in self._origins:
            breaker = CircuitBreaker(self._terms, self._monotonic, _log)
            self._origins[key] = _Origin(asyncio.Semaphore(self._in_flight), breaker)
        return self._origins[key]


async def _has_room(access: FhirAccess, origin: _Origin, seconds: float) -> bool:
    """Take a slot of the origin, True if one was free in time."""
    access.progress.reason = BUSY
    try:
        async with asyncio.timeout(seconds):
            await origin.slots.acquire()
    except TimeoutError:
        return False
    access.progress.reason = LATE
    return True


async def _sent(access: FhirAccess, origin: _Origin, send: Send) -> Answer:
    answer = await origin.breaker.through(access.call, send)
    if isinstance(answer, FetchFailure) and answer.status == TOLD_TO_WAIT:
        access.call.told_to_wait = True
    return answer


def _refused(access: FhirAccess, origin: _Origin, *, may_wait: bool) -> FetchFailure | None:
    """Return the reason to hold a request back, or None.

    The circuit is open, or the server answered 429 in this call. The latter holds for further pages and requests
    without a slot; first queries go out together.
    """
    if access.call.told_to_wait and may_wait:
        return FetchFailure(WAIT, TOLD_TO_WAIT)
    return FetchFailure(CIRCUIT_OPEN) if origin.breaker.refuses(access.call) else None


def _log(turn: StateChange) -> None:
    """Log the change of a circuit, with the client and no address."""
    reason = CIRCUIT_OPEN if turn.is_open else "circuit-closed"
    fields: Fields = {"reason": reason, "failures": turn.failures}
    if turn.client is not None:
        fields["client"] = turn.client
    log_event(Event.CIRCUIT, **fields)
