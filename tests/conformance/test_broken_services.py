"""Services that depart from the standard in one thing each: the check that is about it sees it, and no other does.

It must not hold the services: they stand in broken_services.py.
It tests cds_service/conformance/checks.
"""

import pytest

from cds_service.conformance.model import Level, Outcome
from cds_service.conformance.registry import CHECKS
from tests.conformance.broken_services import BROKEN
from tests.conformance.running import report_on, result_of, unkept

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ELSEWHERE = {"T01", "T02", "J02"}
"""Broken by an address, by slowness, or never: their tests are in test_run.py and test_good_service.py."""


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_service_fails_the_check_that_it_breaks_and_no_other(what: str) -> None:
    """A broken SHALL is a failure, everything else a warning; the report says what was seen."""
    check, service = BROKEN[what]

    report = await report_on(service, tokens=(service.token,) if service.token else ())

    assert list(unkept(report)) == [check], unkept(report)
    result = result_of(report, check)
    assert result.outcome is (Outcome.FAIL if result.check.level is Level.SHALL else Outcome.WARN)
    assert result.seen


@pytest.mark.parametrize("check", [check.id for check in CHECKS if check.id not in ELSEWHERE])
def test_every_check_has_a_service_that_breaks_it(check: str) -> None:
    """A check that nothing breaks proves nothing."""
    assert check in {broken for broken, _ in BROKEN.values()}


async def test_a_warning_is_a_failure_when_all_is_taken_strictly() -> None:
    """The same finding, seen more sternly."""
    _, service = BROKEN["an entry has no title"]

    assert result_of(await report_on(service), "D04").outcome is Outcome.WARN
    assert result_of(await report_on(service, strict=True), "D04").outcome is Outcome.FAIL
