"""Circuit breaker of one server, open after repeated failures.

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
"""Reasons that do not concern the server."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A circuit that opened or closed, with client and failures."""

    is_open: bool
    client: str | None
    failures: int


class _Probe:
    """The one request to a possibly recovered server.

    Other requests of its call wait for it.
    """

    def __init__(self, call: CallBudget) -> None:
        self.call = call
        self.done = asyncio.Event()


class CircuitBreaker:
    """Passes requests while a server answers.

    After the pause one request tries, and its answer decides. A refusal (401, 404, 429) is an answer. Late,
    unreachable, broken and 5xx are failures.
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
        """Return True if a request of this call would be held back."""
        if self._opened is None:
            return False
        if self._probe is not None:
            return self._probe.call is not call
        return self._monotonic() - self._opened < self._terms.pause_s

    async def through(self, call: CallBudget, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the result of `send`, or the open circuit."""
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
        """Return the answer of the probe.

        An aborted one decides nothing, and the next may try.
        """
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
    """Return True for an answer of a failing server."""
    if not isinstance(answer, FetchFailure):
        return False
    status = answer.status or 0
    return answer.reason in DEAD or (status >= SERVER_ERRORS and status != NOT_IMPLEMENTED)
