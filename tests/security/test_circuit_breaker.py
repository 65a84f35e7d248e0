"""When a server is left alone, and how it gets a second chance.

It must not sleep: the clock is moved by hand.
It tests cds_service/security/circuit_breaker.py.
"""

import asyncio

import pytest

from cds_service.security.circuit_breaker import CircuitBreaker, StateChange
from cds_service.security.fhir_access import Answer, BreakerOptions, CallBudget, FetchFailure
from tests.tokens import HandTimer

pytestmark = pytest.mark.anyio

LATE = FetchFailure("late")
OPEN = FetchFailure("circuit-open")
PAUSE_S = 5.0
FAILURES = [
    LATE,
    FetchFailure("unreachable"),
    FetchFailure("broken-answer"),
    FetchFailure("server-error", 500),
    FetchFailure("x", 503),
]
ANSWERS = [
    b"{}",
    FetchFailure("unauthorized", 401),
    FetchFailure("not-found", 404),
    FetchFailure("status-429", 429),
    FetchFailure("server-error", 501),
    FetchFailure("redirect", 302),
    FetchFailure("too-large"),
    FetchFailure("encoding", 200),
]


class _Server:
    """A circuit of three failures with a server behind it that answers what it is told."""

    def __init__(self) -> None:
        self.clock = HandTimer()
        self.turns: list[StateChange] = []
        self.asked = 0
        self.answer: Answer = LATE
        self.breaker = CircuitBreaker(BreakerOptions(3, PAUSE_S), self.clock, self.turns.append)

    async def ask(self, call: CallBudget | None = None) -> Answer:
        """What a request of a call of its own gets."""
        return await self.breaker.through(call or CallBudget("north"), self._send)

    async def fail(self, times: int = 3) -> None:
        for _ in range(times):
            await self.ask()

    async def _send(self) -> Answer:
        self.asked += 1
        return self.answer


async def test_a_circuit_opens_after_failures_in_a_row_and_then_nobody_asks() -> None:
    """At once, and it is said whose request it was."""
    server = _Server()

    assert [await server.ask() for _ in range(5)] == [LATE, LATE, LATE, OPEN, OPEN]

    assert server.asked == 3
    assert server.turns == [StateChange(is_open=True, client="north", failures=3)]


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_a_server_that_does_not_serve_fails(failure: FetchFailure) -> None:
    """It is late, can't be reached, breaks off, or says that it failed."""
    server = _Server()
    server.answer = failure
    await server.fail()

    assert await server.ask() == OPEN


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
async def test_a_server_that_answers_anything_else_serves(answer: Answer) -> None:
    """A refusal concerns one call; and it ends a row of failures."""
    server = _Server()
    await server.fail(2)
    server.answer = answer
    await server.fail(4)
    server.answer = LATE
    await server.fail(2)

    assert await server.ask() == LATE
    assert server.asked == 9


@pytest.mark.parametrize("ours", [FetchFailure("address"), FetchFailure("busy")], ids=str)
async def test_a_request_that_was_not_sent_says_nothing_of_the_server(ours: FetchFailure) -> None:
    """It neither counts nor ends a row."""
    server = _Server()
    await server.fail(2)
    server.answer = ours
    await server.fail(4)
    server.answer = LATE

    assert [await server.ask(), await server.ask()] == [LATE, OPEN]


async def test_after_the_pause_one_request_tries_and_closes_the_circuit() -> None:
    """Not a moment earlier."""
    server = _Server()
    await server.fail()
    server.answer = b"{}"

    server.clock.seconds += PAUSE_S - 0.001
    assert await server.ask() == OPEN
    server.clock.seconds += 0.001
    assert [await server.ask(), await server.ask()] == [b"{}", b"{}"]

    assert server.turns[1:] == [StateChange(is_open=False, client="north", failures=3)]


async def test_a_try_that_fails_begins_the_pause_anew() -> None:
    """It is not said again: the circuit has been open all the time."""
    server = _Server()
    await server.fail()
    server.clock.seconds += PAUSE_S

    assert [await server.ask(), await server.ask()] == [LATE, OPEN]
    server.clock.seconds += PAUSE_S - 0.001
    assert await server.ask() == OPEN
    server.clock.seconds += 0.001
    assert await server.ask() == LATE
    assert (server.asked, len(server.turns)) == (5, 1)


async def test_while_one_tries_its_own_call_waits_and_others_are_turned_away() -> None:
    """The call that finds the server back is answered whole; nobody else hangs on it."""
    server, call, may_answer = _Server(), CallBudget("north"), asyncio.Event()
    await server.fail()
    server.clock.seconds += PAUSE_S
    server.answer = b"{}"

    async def slowly() -> Answer:
        await may_answer.wait()
        return b"{}"

    probe = asyncio.create_task(server.breaker.through(call, slowly))
    await asyncio.sleep(0)
    siblings = [asyncio.create_task(server.ask(call)) for _ in range(3)]
    await asyncio.sleep(0)
    assert await server.ask() == OPEN
    assert server.asked == 3
    may_answer.set()

    assert await asyncio.gather(probe, *siblings) == [b"{}"] * 4


async def test_those_who_waited_for_a_try_that_fails_are_turned_away() -> None:
    """One request reached the server."""
    server, call = _Server(), CallBudget("north")
    await server.fail()
    server.clock.seconds += PAUSE_S

    answers = await asyncio.gather(*(server.ask(call) for _ in range(4)))

    assert answers == [LATE, OPEN, OPEN, OPEN]
    assert server.asked == 4


async def test_a_try_that_is_cut_short_leaves_it_to_the_next() -> None:
    """Its caller hung up: nobody knows how the server is."""
    server, call = _Server(), CallBudget("north")
    await server.fail()
    server.clock.seconds += PAUSE_S
    server.answer = b"{}"

    async def never() -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    probe = asyncio.create_task(server.breaker.through(call, never))
    await asyncio.sleep(0)
    sibling = asyncio.create_task(server.ask(call))
    await asyncio.sleep(0)
    probe.cancel()

    assert await sibling == b"{}"
    assert probe.cancelled()
    assert await server.ask() == b"{}"


async def test_an_answer_that_was_under_way_closes_an_open_circuit() -> None:
    """It was asked before the others failed, and shows that the server serves."""
    server, may_answer = _Server(), asyncio.Event()

    async def slowly() -> Answer:
        await may_answer.wait()
        return b"{}"

    slow = asyncio.create_task(server.breaker.through(CallBudget(), slowly))
    await asyncio.sleep(0)
    await server.fail()
    assert await server.ask() == OPEN
    may_answer.set()
    await slow

    assert await server.ask() == LATE
    assert server.turns == [
        StateChange(is_open=True, client="north", failures=3),
        StateChange(is_open=False, client=None, failures=3),
    ]
