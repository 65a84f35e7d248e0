"""Clock protocol with the system's clock and a fixed day.

`rules` and `cards` get a date, and only this module asks the system for the time.
Tests: tests/service/test_clock.py.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol

NOON = time(12, tzinfo=UTC)


class Clock(Protocol):
    """Tells the time and the day."""

    def now(self) -> datetime:
        """Return the present moment, with its zone."""
        ...

    def today(self) -> date:
        """Return the day of evaluation."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The computer's clock, in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that asks the system

    def today(self) -> date:
        """Return the present day in UTC."""
        return self.now().date()


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock fixed at noon (UTC) of one day."""

    as_of: date

    def now(self) -> datetime:
        """Return noon of the fixed day."""
        return datetime.combine(self.as_of, NOON)

    def today(self) -> date:
        """Return the fixed day."""
        return self.as_of
