"""The clocks.

It must not depend on the day it is run.
It tests cds_service/clock.py.
"""

from datetime import UTC, date, datetime, timedelta

from cds_service.clock import FixedClock, SystemClock


def test_the_system_clock_tells_a_moment_with_its_zone() -> None:
    """A moment without zone can't be compared with a FHIR instant."""
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_the_system_clock_tells_the_day_of_its_moment() -> None:
    """Around midnight the day lies between two readings of the clock."""
    clock = SystemClock()

    before = clock.now().date()
    today = clock.today()

    assert before <= today <= clock.now().date()


def test_a_fixed_clock_stands_at_noon_of_its_day() -> None:
    """Noon keeps the day the same in most zones."""
    clock = FixedClock(date(2024, 2, 29))

    assert clock.today() == date(2024, 2, 29)
    assert clock.now() == datetime(2024, 2, 29, 12, tzinfo=UTC)
