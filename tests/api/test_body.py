"""Reading a body under limits, where the client misbehaves in time.

It must not wait for real: the deadlines here are shorter than a heartbeat.
It tests cds_service/api/body.py.
"""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive

from cds_service.api.body import DISCARDED_BYTES, BodyLimits, read_body
from cds_service.config.settings import MIB, Settings
from cds_service.errors import BodyTooLarge, BodyTooSlow, ClientGone
from cds_service.strict_json import Body

pytestmark = pytest.mark.anyio

LIMITS = BodyLimits(max_bytes=MIB, seconds=5.0)
IMPATIENT = BodyLimits(max_bytes=MIB, seconds=0.001)
GONE: Message = {"type": "http.disconnect"}


def _piece(content: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


class _Client:
    """Sends its messages one by one, and then nothing more, ever."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = iter(messages)
        self.sent = 0

    async def receive(self) -> Message:
        for message in self._messages:
            self.sent += 1
            return message
        await asyncio.Event().wait()
        raise AssertionError


async def _read(receive: Receive, limits: BodyLimits = LIMITS, **headers: bytes) -> Body:
    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    return await read_body({"type": "http", "headers": named}, receive, limits)


@pytest.mark.parametrize("first", [[], [_piece(b"{")], [_piece(b"x" * (MIB + 1))]])
async def test_a_body_that_does_not_come_to_its_end_is_given_up(first: list[Message]) -> None:
    """A slow sender must not hold the service."""
    with pytest.raises(BodyTooSlow):
        await _read(_Client(first).receive, IMPATIENT)


@pytest.mark.parametrize("first", [[], [_piece(b"{")]])
async def test_a_client_that_goes_away_gets_no_answer(first: list[Message]) -> None:
    """Half a body is not read as a whole one."""
    with pytest.raises(ClientGone):
        await _read(_Client([*first, GONE]).receive)


async def test_a_sender_of_too_much_is_heard_out_for_a_while() -> None:
    """One that is cut off while it writes sees a broken connection instead of the 413."""
    client = _Client([_piece(b"x" * MIB)] * 3 + [_piece(b"x", more=False)])

    with pytest.raises(BodyTooLarge):
        await _read(client.receive)

    assert client.sent == 4


async def test_an_endless_sender_is_not_heard_out() -> None:
    """What is thrown away is bounded too."""
    client = _Client(_piece(b"x" * MIB) for _ in range(1000))

    with pytest.raises(BodyTooLarge):
        await _read(client.receive)

    assert client.sent <= 3 + DISCARDED_BYTES // MIB


async def test_a_sender_of_too_much_may_go_away_meanwhile() -> None:
    """The reason stays the same."""
    with pytest.raises(BodyTooLarge):
        await _read(_Client([_piece(b"x" * (MIB + 1)), GONE]).receive)


async def test_a_sender_that_asks_first_is_told_at_once() -> None:
    """With `Expect: 100-continue` nothing was sent yet."""
    client = _Client([])

    with pytest.raises(BodyTooLarge):
        await _read(client.receive, content_length=b"%d" % (MIB + 1), expect=b"100-continue")

    assert client.sent == 0


@pytest.mark.parametrize("declared", [b"2", b"0", b"-1", b"x", b"9" * 5000])
async def test_what_is_declared_does_not_replace_counting(declared: bytes) -> None:
    """A wrong Content-Length is the server's matter; here the bytes count."""
    assert await _read(_Client([_piece(b"{}", more=False)]).receive, content_length=declared) == b"{}"


@pytest.mark.parametrize("at_most, expected", [(None, 4096), (10_000, 4096), (2000, 2000)])
def test_an_endpoint_may_lower_the_limit_and_not_raise_it(at_most: int | None, expected: int) -> None:
    """Feedback is short, and an operator's limit holds for it too."""
    assert BodyLimits.of(Settings(max_body_bytes=4096), at_most).max_bytes == expected
