"""The circuit to one server: open after many failures in a row, so that nobody waits for a server that is down.

It must not know what is asked, nor wait for a pause to end.
Tests: tests/security/test_circuit_breaker.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cds_service.security.fhir_access import CIRCUIT_OPEN, LATE, Answer, BreakerOptions, CallBudget, FetchFailure

SERVER_ERRORS = 500
NOT_IMPLEMENTED = 501
DEAD = frozenset({LATE, "unreachable", "broken-answer"})
OURS = frozenset({"address", "busy"})
"""What says nothing of the server: it was not asked."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A circuit that opened or closed, by whose request, after how many failures in a row."""

    is_open: bool
    client: str | None
    failures: int


class _Probe:
    """The one request that finds out whether the server is back. Others of its call wait for what it finds."""

    def __init__(self, call: CallBudget) -> None:
        self.call = call
        self.done = asyncio.Event()


class CircuitBreaker:
    """Lets requests through while a server answers; after the pause one, and with its answer all again.

    A server that says no (401, 404, 429) answers. Late, unreachable, broken off and 5xx are failures.
    """

    def __init__(
        self, terms: BreakerOptions, monotonic: Callable[[], float], report: Callable[[StateChange], None]
    ) -> None:
        self._terms = terms
        self._monotonic = monotonic
        self._report = report
        self._failures = 0
        self._opened: float | None = None
        self._probe: _Probe | None = None

    def refuses(self, call: CallBudget) -> bool:
        """Return whether a request of this call would not be let through now."""
        if self._opened is None:
            return False
        if self._probe is not None:
            return self._probe.call is not call
        return self._monotonic() - self._opened < self._terms.pause_s

    async def through(self, call: CallBudget, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return what `send` returns, or that the circuit is open."""
        if self.refuses(call):
            return FetchFailure(CIRCUIT_OPEN)
        if self._opened is None:
            answer = await send()
            self._learn(call, answer)
            return answer
        if self._probe is None:
            return await self._probed(call, send)
        await self._probe.done.wait()
        return await self.through(call, send)

    async def _probed(self, call: CallBudget, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer of the probe; one that is cut short has found nothing, and the next may try."""
        probe = self._probe = _Probe(call)
        try:
            answer = await send()
            self._learn(call, answer)
            if is_failure(answer):
                self._opened = self._monotonic()
            return answer
        finally:
            self._probe = None
            probe.done.set()

    def _learn(self, call: CallBudget, answer: Answer) -> None:
        if isinstance(answer, FetchFailure) and answer.reason in OURS:
            return
        if not is_failure(answer):
            self._close(call)
            return
        self._failures += 1
        if self._opened is None and self._failures >= self._terms.failures:
            self._opened = self._monotonic()
            self._report(StateChange(is_open=True, client=call.client, failures=self._failures))

    def _close(self, call: CallBudget) -> None:
        if self._opened is not None:
            self._report(StateChange(is_open=False, client=call.client, failures=self._failures))
        self._failures = 0
        self._opened = None


def is_failure(answer: Answer) -> bool:
    """Return whether an answer shows that the server is in trouble."""
    if not isinstance(answer, FetchFailure):
        return False
    status = answer.status or 0
    return answer.reason in DEAD or (status >= SERVER_ERRORS and status != NOT_IMPLEMENTED)
