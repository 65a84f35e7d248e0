"""A large chart is read beside the event loop: small calls are answered meanwhile."""

import asyncio
import json
import sys
import threading

import httpx
import pytest

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.concurrency.offload import LARGE_BYTES, SWITCH_INTERVAL_S, run_or_offload, shorten_switch_interval
from cds_service.config.settings import Settings
from tests.builders import DAY, URL, a_patient, call_of, condition, topics

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()
LARGE = LUMP.with_(*(condition("I10", note=[{"text": "x" * 2000}]) for _ in range(LARGE_BYTES // 2000)))


async def test_small_calls_are_answered_while_a_large_one_is_read() -> None:
    """The large one is put behind something that does not end before the small ones are answered."""
    release = threading.Event()
    app = create_app(Settings(), FixedClock(DAY))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        before = asyncio.create_task(run_or_offload(LARGE_BYTES + 1, release.wait))
        await asyncio.sleep(0)
        large = asyncio.create_task(client.post(URL, content=json.dumps(call_of(LARGE.prefetch()))))
        small = [await client.post(URL, content=json.dumps(call_of(LUMP.prefetch()))) for _ in range(3)]
        is_waiting = not large.done()
        release.set()
        answered = await large
        await before

    assert is_waiting
    assert [topics(each.json()) for each in (*small, answered)] == [{"local": "warning"}] * 4


async def test_what_is_wrong_with_a_large_chart_is_said_as_of_a_small_one() -> None:
    """An exception comes back from beside the loop."""
    app = create_app(Settings(), FixedClock(DAY))
    body = json.dumps(call_of(LARGE.prefetch()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        cut = await client.post(URL, content=body[:-1])
        other = await client.post(URL, content=body.replace("Patient/p1", "Patient/p2", 2).replace('"p1"', '"p2"', 1))

    assert (cut.status_code, other.status_code) == (400, 412)


async def test_little_work_is_done_on_the_spot_and_much_in_another_thread() -> None:
    """To hand it over costs more than little work does."""
    here = threading.get_ident()

    assert await run_or_offload(LARGE_BYTES, threading.get_ident) == here
    assert await run_or_offload(LARGE_BYTES + 1, threading.get_ident) != here


def test_threads_take_turns_often() -> None:
    """So that a step of a small call does not wait five milliseconds for its turn."""
    before = sys.getswitchinterval()
    try:
        shorten_switch_interval()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)
    finally:
        sys.setswitchinterval(before)
