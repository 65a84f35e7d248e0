"""Live and ready.

It must not test what is warmed up.
It tests cds_service/api/health.py and the start in app.py.
"""

import pytest
from structlog.testing import capture_logs

from tests.service.small_service import calling, error_code, small_app

pytestmark = pytest.mark.anyio


async def test_a_service_that_serves_is_live() -> None:
    """Also while it warms up: nobody should restart it for that."""
    async with calling(small_app()) as client:
        answer = await client.get("/health/live")

    assert answer.status_code == 200
    assert answer.json() == {"status": "live"}


async def test_a_service_is_not_ready_before_it_is_warm() -> None:
    """A balancer should send no calls yet, and may ask again in a second."""
    async with calling(small_app()) as client:
        answer = await client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert error_code(answer) == "not-ready"


async def test_a_warm_service_is_ready_and_names_its_rules() -> None:
    """The version of the rules is what an operator wants to know first."""
    app = small_app()

    async with app.router.lifespan_context(app), calling(app) as client:
        answer = await client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert answer.json()["ruleset"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_health_answers_head_and_refuses_post(path: str) -> None:
    """Monitors differ in what they send."""
    app = small_app()

    async with app.router.lifespan_context(app), calling(app) as client:
        head, post = await client.head(path), await client.post(path)

    assert head.status_code == 200
    assert post.status_code == 405


async def test_health_that_is_good_is_not_logged() -> None:
    """It is asked every few seconds; a bad answer is logged."""
    with capture_logs() as lines:
        async with calling(small_app()) as client:
            await client.get("/health/live")
            await client.get("/health/ready")

    assert [(line["route"], line["status"]) for line in lines] == [("health", 503)]
