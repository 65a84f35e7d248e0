"""Reports made of cards that a test tells, without a database.

It must not count anything.
Its tests are those that import it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from cds_service.audit.overrides import OVERRIDE_SYSTEM
from cds_service.insights.queries import Answer, CallCount, CardOutcome, ChartCount, Span, ViewCount
from cds_service.insights.report import DAY_MS, Report, report_of
from cds_service.insights.tally import week_of

NOW = 1_780_000_000_000
LONG_AGO = NOW - 30 * DAY_MS
RULE = "LOC-1@1.0.0"


@dataclass(frozen=True)
class ToldRows:
    """Rows as they would be read."""

    told: tuple[CardOutcome, ...] = ()
    counted_views: tuple[ViewCount, ...] = ()
    counted_calls: tuple[CallCount, ...] = ()
    counted_charts: tuple[ChartCount, ...] = ()
    lost_decisions: int = 0

    async def calls(self, _span: Span) -> tuple[CallCount, ...]:
        """The calls."""
        return self.counted_calls

    async def views(self, _span: Span) -> tuple[ViewCount, ...]:
        """The views."""
        return self.counted_views

    async def charts(self, _span: Span) -> tuple[ChartCount, ...]:
        """The charts."""
        return self.counted_charts

    async def lost(self, _span: Span) -> int:
        """The losses."""
        return self.lost_decisions

    async def cards(self, _span: Span) -> AsyncIterator[CardOutcome]:
        """The cards."""
        for card in self.told:
            yield card


def accepted(after: int = 1000) -> Answer:
    """A suggestion was taken."""
    return Answer("accepted", LONG_AGO + after, None, None)


def overridden(reason: str | None = "not-now", system: str | None = OVERRIDE_SYSTEM, after: int = 1000) -> Answer:
    """The card was waved away."""
    return Answer("overridden", LONG_AGO + after, reason, system)


def told(*answers: Answer, rules: tuple[str, ...] = (RULE,), at: int = LONG_AGO, **more: str) -> CardOutcome:
    """A card of a client, shown long ago."""
    known = {"client": "north", "level": "warning", "state": "shown"} | more
    return CardOutcome(known["client"], at, known["level"], rules, known["state"], answers)


def report_on(cards: Iterable[CardOutcome], views: int = 1000, client: str | None = None, **more: object) -> Report:
    """The report on these cards, and so many views of each of their clients and weeks."""
    shown = tuple(cards)
    places = {(card.client, week_of(card.at)) for card in shown}
    counts = tuple(ViewCount(each, week, views, min(views, len(shown))) for each, week in sorted(places))
    rows = ToldRows(shown, counts, (CallCount(200, None, views * len(places)),), **more)  # type: ignore[arg-type]
    return asyncio.run(report_of(rows, Span(0, NOW, client), NOW))
