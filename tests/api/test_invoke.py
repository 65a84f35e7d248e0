"""The call: how it reaches a service, and what every answer carries.

It must not test what the real hook answers.
It tests cds_service/api/invoke.py, api/service_endpoint.py and hooks/context.py.
"""

from datetime import UTC, date, datetime

import pytest

from cds_service.app import create_app
from cds_service.config.settings import Settings
from cds_service.hooks import HookService
from cds_service.hooks.context import HookContext
from cds_service.strict_json import Body
from tests.service.small_service import CALL, NO_CARDS, PATH, SMALL, calling, error_code, small_app

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", [PATH, "/cds-services//small", "/cds-services/small/", "//cds-services/small"])
async def test_a_call_is_answered_however_its_slashes_are_written(path: str) -> None:
    """The public sandbox doubles the slash when its discovery URL ends with one."""
    async with calling(small_app()) as client:
        answer = await client.post(f"http://service.test{path}", json=CALL)

    assert answer.status_code == 200
    assert answer.content == NO_CARDS


async def test_an_answer_may_not_be_kept_and_not_be_guessed_at() -> None:
    """Cards are about one patient at one moment."""
    async with calling(small_app()) as client:
        answer = await client.post(PATH, json=CALL)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(NO_CARDS))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_a_service_takes_post_only(method: str) -> None:
    """Another method gets a 405 that names POST."""
    async with calling(small_app()) as client:
        answer = await client.request(method, PATH)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/cds-services/other", "/cds-services/other/feedback", "/cds-services/SMALL"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_service_is_not_found(method: str, path: str) -> None:
    """It gets a 404 of its own code, on both endpoints and for every method."""
    async with calling(small_app()) as client:
        answer = await client.request(method, path)

    assert answer.status_code == 404
    assert error_code(answer) == "unknown-service"


async def test_a_body_that_comes_in_pieces_is_read_whole() -> None:
    """Without Content-Length the service gets the same bytes."""
    received: list[Body] = []

    async def keep(body: Body, _runtime: HookContext) -> bytes:
        received.append(body)
        return NO_CARDS

    async with calling(small_app(service=_with_call(keep))) as client:
        await client.post(PATH, content=_pieces(b'{"a"', b"", b": 1}"), headers={"Content-Type": "application/json"})

    assert received == [b'{"a": 1}']


async def test_a_hook_gets_the_fixed_day_of_the_settings() -> None:
    """What `--as-of` says is what rules see, and it stands still."""
    seen: list[HookContext] = []

    async def keep(_body: Body, context: HookContext) -> bytes:
        seen.append(context)
        return NO_CARDS

    async with calling(small_app(Settings(as_of=date(2024, 2, 29)), _with_call(keep))) as client:
        await client.post(PATH, json=CALL)

    assert seen[0].clock.today() == date(2024, 2, 29)
    assert seen[0].clock.now() == datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert seen[0].settings.as_of == date(2024, 2, 29)


async def test_two_services_answer_each_under_its_own_id() -> None:
    """Routing is made from the tuple of hooks."""

    async def other(_body: Body, _runtime: HookContext) -> bytes:
        return b'{"cards":[],"extension":{"org.example":{"from":"other"}}}'

    second = HookService("second", "patient-view", "Second", "Answers too.", "", {}, other)
    async with calling(create_app(Settings(), hooks=(SMALL, second))) as client:
        first_answer = await client.post(PATH, json=CALL)
        second_answer = await client.post("/cds-services/second", json=CALL)

    assert first_answer.content == NO_CARDS
    assert second_answer.json()["extension"] == {"org.example": {"from": "other"}}


def _with_call(call: object) -> HookService:
    return HookService("small", "patient-view", "Small", "Keeps.", "", {}, call)  # type: ignore[arg-type]


async def _pieces(*pieces: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN202
    for piece in pieces:
        yield piece
