"""The checks against services that keep to the standard: a small one that shows every part, and ours.

It must not break anything: the next file does.
It tests cds_service/conformance as a whole.
"""

import pytest

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.conformance.model import Outcome
from tests.conformance.good_service import Answer, GoodService, Request
from tests.conformance.running import TODAY, report_on, result_of, unkept

pytestmark = pytest.mark.anyio


async def test_a_service_that_keeps_to_the_standard_passes_every_check_that_concerns_it() -> None:
    """What is left is not applicable, or can't be told from outside."""
    report = await report_on(GoodService())

    assert unkept(report) == {}
    left = {result.check.id for result in report.results if result.outcome is not Outcome.PASS}
    assert left == {"T01", "C01", "J01", "J02", "J02.none", "J02.hmac", "J02.garbage", "J02.alike"}


async def test_our_own_service_has_no_failures_and_no_warnings() -> None:
    """In memory, on a fixed day; the command does it once more over a socket."""
    report = await report_on(create_app(Settings(), FixedClock(TODAY)))

    assert unkept(report) == {}
    assert report.count(Outcome.PASS) >= 85
    assert result_of(report, "S01").seen != "0 card(s)"
    assert [r.check.id for r in report.results if r.outcome is Outcome.NOT_CHECKED] == ["J02"]


async def test_a_service_with_authentication_passes_with_a_token() -> None:
    """Strangers and forged tokens are refused alike; feedback too."""
    report = await report_on(GoodService(token="a.b.c"), tokens=("a.b.c",))

    assert unkept(report) == {}
    trusted = {"J01", "J02", "J02.none", "J02.hmac", "J02.garbage", "J02.alike"}
    assert {result_of(report, check).outcome for check in trusted} == {Outcome.PASS}


async def test_tokens_are_used_in_turn() -> None:
    """A service that takes each token once can be checked too."""
    used: list[str] = []

    def remember(request: Request, answer: Answer) -> Answer:
        used.append(request.headers.get("authorization", ""))
        return answer

    await report_on(GoodService(answer=remember), tokens=("one", "two"))

    assert used[:3] == ["Bearer one", "Bearer two", "Bearer one"]
    assert "" in used
