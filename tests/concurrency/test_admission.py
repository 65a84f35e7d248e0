"""A worker that is full says so at once; who is inside is answered all the same."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from starlette.types import Message, Scope

from cds_service.concurrency.activity import CallSlot, waiting_on_io
from cds_service.concurrency.admission import LARGE_CALLS, OVERLOAD_AFTER_S, AdmissionControl
from cds_service.concurrency.offload import LARGE_BYTES
from cds_service.config.settings import Settings
from cds_service.errors import Overloaded
from cds_service.hooks.context import HookContext
from cds_service.strict_json import Body
from tests.service.small_service import CALL, NO_CARDS, PATH, SMALL, calling, error_code, small_app

pytestmark = pytest.mark.anyio
FULL = 2
BURST = Settings().max_at_work
STANDING = BURST // 5


async def test_what_is_beyond_the_room_is_refused_and_asked_to_come_again() -> None:
    """Without work for it, and with health still green; a place that becomes free is taken again."""
    inside, done = asyncio.Semaphore(0), asyncio.Event()

    async def slow(_body: Body, _runtime: HookContext) -> bytes:
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


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@contextmanager
def _inside(room: AdmissionControl, calls: int, size: int | None = 0) -> Iterator[list[CallSlot]]:
    with ExitStack() as stack:
        yield [stack.enter_context(room.admit(size)) for _ in range(calls)]


def _takes(room: AdmissionControl, size: int | None = 0) -> bool:
    try:
        with room.admit(size):
            return True
    except Overloaded:
        return False


def test_many_may_come_at_once() -> None:
    """A ward round opens many charts in a second: they wait for each other, and all are answered."""
    room = AdmissionControl(1000, BURST, Watch())

    with _inside(room, BURST):
        assert not _takes(room)
    assert _takes(room)


def test_when_it_has_been_busy_for_a_while_few_wait() -> None:
    """What is taken then is answered soon, and what is not is told at once; once it is calm, many may come again."""
    watch = Watch()
    room = AdmissionControl(1000, BURST, watch)

    with _inside(room, 2):
        watch.now += 2 * OVERLOAD_AFTER_S
        with _inside(room, STANDING - 2):
            assert not _takes(room)
    watch.now += 2 * OVERLOAD_AFTER_S
    with _inside(room, BURST):
        assert not _takes(room)


def test_one_long_call_alone_is_no_crowd() -> None:
    """However long it takes."""
    watch = Watch()
    room = AdmissionControl(1000, BURST, watch)

    with _inside(room, 1):
        watch.now += 100 * OVERLOAD_AFTER_S
        with _inside(room, BURST - 1):
            assert not _takes(room)


def test_who_waits_for_a_fhir_server_takes_no_work_from_others() -> None:
    """Only the places count then."""
    room = AdmissionControl(BURST + 1, BURST, Watch())

    with _inside(room, BURST) as places:
        places[0].set_active(yes=False)
        assert _takes(room)
        with room.admit():
            assert not _takes(room)


async def test_a_call_is_at_work_again_when_its_answer_is_there() -> None:
    """And only for as long as it lasts: a place is given back once."""
    room = AdmissionControl(1000, BURST, Watch())

    with _inside(room, BURST - 1):
        with room.admit():
            with waiting_on_io():
                assert _takes(room)
            assert not _takes(room)
        assert _takes(room)


async def test_a_body_that_comes_slowly_takes_no_work_from_others() -> None:
    """Otherwise a few slow senders would hold a worker."""
    room = AdmissionControl(1000, BURST, Watch())

    with _inside(room, BURST) as places:
        with places[0].receiving_body(0):
            await asyncio.sleep(0.01)
            assert _takes(room)
        assert not _takes(room)


@pytest.mark.parametrize("size", [LARGE_BYTES + 1, None])
def test_large_bodies_have_few_places_and_small_ones_go_on(size: int | None) -> None:
    """One that does not say how large it is may be large."""
    room = AdmissionControl(1000, BURST, Watch())

    with _inside(room, LARGE_CALLS, size):
        assert not _takes(room, size)
        with _inside(room, BURST, LARGE_BYTES):
            assert not _takes(room)
    assert _takes(room, size)


@pytest.mark.parametrize(
    "headers, large",
    [
        ([(b"content-length", b"%d" % LARGE_BYTES)], False),
        ([(b"content-length", b"%d" % (LARGE_BYTES + 1))], True),
        ([(b"content-length", b"many")], True),
        ([(b"transfer-encoding", b"chunked")], True),
        ([], False),
    ],
)
async def test_what_is_refused_is_refused_before_its_body_is_read(
    headers: list[tuple[bytes, bytes]], *, large: bool
) -> None:
    """By what its headers say: nothing is received, and who sent it is told when to come again."""
    started, done = asyncio.Semaphore(0), asyncio.Event()

    async def slow(_body: Body, _runtime: HookContext) -> bytes:
        started.release()
        await done.wait()
        return NO_CARDS

    app = small_app(service=replace(SMALL, call=slow))
    sent: list[Message] = []

    async def never() -> Message:
        raise AssertionError("the body was asked for")

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ignore(_message: Message) -> None:
        pass

    inside = [(b"content-length", b"%d" % (LARGE_BYTES + 1))]
    calls = [asyncio.create_task(app(_scope(inside), receive, ignore)) for _ in range(LARGE_CALLS)]
    for _ in calls:
        await started.acquire()
    done.set()
    if large:
        await app(_scope(headers), never, send)
    else:
        await app(_scope(headers), receive, send)
    await asyncio.gather(*calls)

    assert sent[0]["status"] == (503 if large else 200)
    assert ((b"retry-after", b"1") in sent[0]["headers"]) is large


async def test_calls_that_come_together_are_seen_to_wait_before_the_second_is_worked_at() -> None:
    """Each has nothing to wait for: were they worked off as they come, nobody would be refused however many come."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": json.dumps(CALL).encode(), "more_body": False}

    async def send(message: Message) -> None:
        if "status" in message:
            statuses.append(message["status"])

    app = small_app()
    await asyncio.gather(*(app(_scope([]), receive, send) for _ in range(BURST + 8)))

    assert (statuses.count(200), statuses.count(503)) == (BURST + 1, 7)


def _scope(headers: list[tuple[bytes, bytes]]) -> Scope:
    kind = (b"content-type", b"application/json")
    return {"type": "http", "method": "POST", "path": PATH, "headers": [kind, *headers], "query_string": b""}
