"""What is read from the tables for a report: counts where the database can count, else cards one by one.

It must not hold a patient, a user or evidence.
Tests: tests/store/test_insights_rows.py.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

ANSWERED = 200
WEEK_MS = 7 * 24 * 60 * 60 * 1000
MONDAY_MS = 4 * 24 * 60 * 60 * 1000
"""The first Monday of 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment until before another (milliseconds since 1970), of all clients or of one."""

    since: int
    until: int
    client: str | None = None


@dataclass(frozen=True, slots=True)
class CallCount:
    """Calls with the same answer."""

    status: int
    code: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class ViewCount:
    """Views of one client in one week."""

    client: str
    week: int
    """Weeks since the first Monday of 1970."""
    views: int
    with_card: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A source that was not read whole, with the reason."""

    source: str
    reason: str
    is_partial: bool


@dataclass(frozen=True, slots=True)
class ChartCount:
    """Calls whose charts were read as far as each other, with what was not read."""

    unread: tuple[Unread, ...]
    calls: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Feedback on a card."""

    outcome: str
    at: int
    reason: str | None
    reason_system: str | None


@dataclass(frozen=True, slots=True)
class CardOutcome:
    """A card of a view, and all feedback on it, the oldest first."""

    client: str
    at: int
    """When it was first shown; of one that never was, when it was first found."""
    level: str
    rules: tuple[str, ...]
    """`id@version`."""
    state: str
    """`shown`, if it ever was."""
    answers: tuple[Answer, ...]


class InsightsQueries(Protocol):
    """Where a report is read from. Each of these raises StoreUnavailable where it can't be done in time."""

    async def calls(self, span: Span) -> tuple[CallCount, ...]:
        """Return the calls by their answer."""
        ...

    async def views(self, span: Span) -> tuple[ViewCount, ...]:
        """Return the views by client and week."""
        ...

    async def charts(self, span: Span) -> tuple[ChartCount, ...]:
        """Return the charts by what was not read of them."""
        ...

    async def lost(self, span: Span) -> int:
        """Return how many decisions could not be kept; of all clients, since nobody knows whose they were."""
        ...

    def cards(self, span: Span) -> AsyncIterator[CardOutcome]:
        """Give every card once."""
        ...
