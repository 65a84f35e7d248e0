"""How much one origin is asked: room for each origin of its own, no request after its time, none after a 429.

It must not sleep longer than a hundredth of a second.
It tests cds_service/security/bulkhead.py.
"""

import asyncio
import json

import pytest

from cds_service.security.bulkhead import Bulkhead
from cds_service.security.fhir_access import Answer, BreakerOptions, CallBudget, FetchFailure, FhirAccess
from tests.tokens import HandTimer

pytestmark = pytest.mark.anyio

NORTH, SOUTH = "https://north.example/fhir", "https://south.example/fhir"


class _Servers:
    """Hold every request until a test lets them go."""

    def __init__(self, in_flight: int = 2) -> None:
        self.clock = HandTimer()
        self.traffic = Bulkhead(in_flight, BreakerOptions(3, 5.0), self.clock)
        self.answer: Answer = b"{}"
        self.may_answer = asyncio.Event()
        self.now, self.most = 0, 0
        self.lefts: list[float] = []

    async def ask(self, access: FhirAccess, seconds: float = 60.0) -> Answer:
        return await self.traffic.ask(access, seconds, self._read)

    async def _read(self, left: float) -> Answer:
        self.lefts.append(left)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.may_answer.wait()
        finally:
            self.now -= 1
        return self.answer


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_origin_gets_as_many_requests_at_a_time_as_it_has_room_for() -> None:
    """Those of all calls together; the others wait their turn, and all are answered."""
    servers = _Servers()
    asking = [asyncio.create_task(servers.ask(FhirAccess(NORTH))) for _ in range(10)]
    await _settled()
    assert servers.now == 2
    servers.may_answer.set()

    assert await asyncio.gather(*asking) == [b"{}"] * 10
    assert servers.most == 2


async def test_an_origin_that_is_full_takes_no_room_from_another() -> None:
    """A slow server starves its own callers only."""
    servers = _Servers()
    slow = [asyncio.create_task(servers.ask(FhirAccess(NORTH))) for _ in range(10)]
    await _settled()

    other = asyncio.create_task(servers.ask(FhirAccess(SOUTH)))
    await _settled()
    assert servers.now == 3
    servers.may_answer.set()
    await asyncio.gather(other, *slow)


async def test_bases_of_one_origin_share_its_room() -> None:
    """It is one server; another port is another one."""
    servers = _Servers(in_flight=1)
    bases = ("https://north.example/a", "https://north.example:443/b", "https://north.example:8443/a")
    asking = [asyncio.create_task(servers.ask(FhirAccess(base))) for base in bases]
    await _settled()

    assert servers.now == 2
    servers.may_answer.set()
    await asyncio.gather(*asking)


async def test_a_request_that_finds_no_room_in_time_is_busy() -> None:
    """Nothing was sent for it, and its place is free for others."""
    servers = _Servers(in_flight=1)
    first = asyncio.create_task(servers.ask(FhirAccess(NORTH)))
    await _settled()
    access = FhirAccess(NORTH)

    assert await servers.ask(access, 0.001) == FetchFailure("busy")

    servers.may_answer.set()
    assert await first == b"{}"
    assert await servers.ask(FhirAccess(NORTH)) == b"{}"
    assert len(servers.lefts) == 2


async def test_a_request_that_is_cut_off_can_say_what_it_was_waiting_for() -> None:
    """Room, or the answer."""
    servers = _Servers(in_flight=1)
    sent, waiting = FhirAccess(NORTH), FhirAccess(NORTH)
    asking = [asyncio.create_task(servers.ask(access)) for access in (sent, waiting)]
    await _settled()

    assert (sent.progress.reason, waiting.progress.reason) == ("late", "busy")
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    servers.may_answer.set()
    assert await servers.ask(FhirAccess(NORTH)) == b"{}"


@pytest.mark.parametrize("seconds", [0.0, -1.0])
async def test_a_request_without_time_is_late_and_not_sent(seconds: float) -> None:
    """The call is over."""
    servers = _Servers()

    assert await servers.ask(FhirAccess(NORTH), seconds) == FetchFailure("late")
    assert servers.lefts == []


async def test_waiting_for_room_takes_from_the_time_for_the_answer() -> None:
    """Both together have what the call has left."""
    servers = _Servers(in_flight=1)
    first = asyncio.create_task(servers.ask(FhirAccess(NORTH)))
    await _settled()
    second = asyncio.create_task(servers.ask(FhirAccess(NORTH), 60.0))
    await _settled()
    servers.clock.seconds += 20.0
    servers.may_answer.set()
    await asyncio.gather(first, second)

    assert servers.lefts == [60.0, 40.0]


async def test_after_a_429_nothing_more_is_asked_for_that_call() -> None:
    """No further page, and nothing that was still waiting for room; whatever Retry-After says, the call is shorter."""
    servers = _Servers(in_flight=2)
    call = CallBudget()
    accesses = [FhirAccess(NORTH, call=call).for_source() for _ in range(3)]
    asking = [asyncio.create_task(servers.ask(access)) for access in accesses]
    await _settled()
    servers.answer = FetchFailure("status-429", 429)
    servers.may_answer.set()

    assert await asyncio.gather(*asking) == [FetchFailure("status-429")] * 3
    assert await servers.ask(accesses[0]) == FetchFailure("status-429")
    assert len(servers.lefts) == 2


async def test_after_a_429_the_first_questions_of_a_call_still_go_out_together() -> None:
    """Which of them a server answers first decides nothing; and another call asks anew."""
    servers = _Servers(in_flight=20)
    servers.may_answer.set()
    servers.answer = FetchFailure("status-429", 429)
    call = CallBudget()
    await servers.ask(FhirAccess(NORTH, call=call))
    servers.answer = b"{}"

    assert await servers.ask(FhirAccess(NORTH, call=call)) == b"{}"
    assert await servers.ask(FhirAccess(NORTH)) == b"{}"


async def test_an_open_circuit_turns_away_what_waits_for_room() -> None:
    """And at once what comes new; the log says whose request it was, and no address."""
    servers = _Servers(in_flight=3)
    servers.answer = FetchFailure("late")
    asking = [asyncio.create_task(servers.ask(FhirAccess(NORTH, call=CallBudget("north-hospital")))) for _ in range(8)]
    await _settled()
    servers.may_answer.set()

    assert await asyncio.gather(*asking) == [FetchFailure("late")] * 3 + [FetchFailure("circuit-open")] * 5
    assert await servers.ask(FhirAccess(NORTH)) == FetchFailure("circuit-open")
    assert len(servers.lefts) == 3


async def test_a_circuit_of_one_origin_is_no_others() -> None:
    """The other server serves."""
    servers = _Servers()
    servers.may_answer.set()
    servers.answer = FetchFailure("late")
    for _ in range(3):
        await servers.ask(FhirAccess(NORTH))
    servers.answer = b"{}"

    assert await servers.ask(FhirAccess(NORTH)) == FetchFailure("circuit-open")
    assert await servers.ask(FhirAccess(SOUTH)) == b"{}"


@pytest.mark.parametrize("client", ["north-hospital", None])
async def test_opening_and_closing_are_logged_by_client_and_without_an_address(
    client: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each."""
    servers = _Servers()
    servers.may_answer.set()
    servers.answer = FetchFailure("late")
    for _ in range(4):
        await servers.ask(FhirAccess(NORTH, call=CallBudget(client)))
    servers.clock.seconds += 5.0
    servers.answer = b"{}"
    await servers.ask(FhirAccess(NORTH, call=CallBudget(client)))

    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert [(line["event"], line["reason"], line["failures"], line.get("client")) for line in lines] == [
        ("circuit", "circuit-open", 3, client),
        ("circuit", "circuit-closed", 3, client),
    ]
    assert "north.example" not in written
