"""A worker that is full says so at once; who is inside is answered all the same."""

import asyncio
from dataclasses import replace

import pytest

from cds_service.runtime import Runtime
from cds_service.settings import Settings
from cds_service.strict_json import Body
from tests.service.small_service import CALL, NO_CARDS, PATH, SMALL, calling, error_code, small_app

pytestmark = pytest.mark.anyio
FULL = 2


async def test_what_is_beyond_the_room_is_refused_and_asked_to_come_again() -> None:
    """Without work for it, and with health still green; a place that becomes free is taken again."""
    inside, done = asyncio.Semaphore(0), asyncio.Event()

    async def slow(_body: Body, _runtime: Runtime) -> bytes:
        inside.release()
        await done.wait()
        return NO_CARDS

    app = small_app(Settings(max_calls=FULL), replace(SMALL, call=slow))
    async with calling(app) as client:
        calls = [asyncio.create_task(client.post(PATH, json=CALL)) for _ in range(FULL)]
        for _ in range(FULL):
            await inside.acquire()
        refused = await client.post(PATH, json=CALL)
        alive = await client.get("/health/live")
        done.set()
        answered = await asyncio.gather(*calls)
        after = await client.post(PATH, json=CALL)

    assert (refused.status_code, error_code(refused), refused.headers["retry-after"]) == (503, "overloaded", "1")
    assert alive.status_code == 200
    assert [answer.status_code for answer in (*answered, after)] == [200] * (FULL + 1)


async def test_a_call_that_fails_gives_its_place_back() -> None:
    """Otherwise a worker would fill up with what is gone."""
    async with calling(small_app(Settings(max_calls=1))) as client:
        failed = [(await client.post(PATH, content=b"{")).status_code for _ in range(3)]
        answered = await client.post(PATH, json=CALL)

    assert failed == [400, 400, 400]
    assert answered.status_code == 200
