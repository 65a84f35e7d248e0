"""Queries of a report, as counts or single cards.

A patient, a user or evidence must not be read.
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
    """Period of [since, until) in epoch milliseconds, of one or all clients."""

    since: int
    until: int
    client: str | None = None


@dataclass(frozen=True, slots=True)
class CallCount:
    """Calls with an equal answer."""

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
    """A partly read source with its reason."""

    source: str
    reason: str
    is_partial: bool


@dataclass(frozen=True, slots=True)
class ChartCount:
    """Calls with equally read charts."""

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
    """A card of a view with its feedback, the oldest first."""

    client: str
    at: int
    """Time when first shown, else first found."""
    level: str
    rules: tuple[str, ...]
    """`id@version`."""
    state: str
    """`shown`, if it ever was."""
    answers: tuple[Answer, ...]


class InsightsQueries(Protocol):
    """Source of a report.

    Each method raises StoreUnavailable, also after a timeout.
    """

    async def calls(self, span: Span) -> tuple[CallCount, ...]:
        """Return the calls by their answer."""
        ...

    async def views(self, span: Span) -> tuple[ViewCount, ...]:
        """Return the views by client and week."""
        ...

    async def charts(self, span: Span) -> tuple[ChartCount, ...]:
        """Return the charts by unread sources."""
        ...

    async def lost(self, span: Span) -> int:
        """Return the number of lost decisions of all clients."""
        ...

    def cards(self, span: Span) -> AsyncIterator[CardOutcome]:
        """Give every card once."""
        ...
