"""One report with every figure of a period as a number.

The time is passed in, and the words are in cds_service.insights.tables.
Tests: tests/insights/test_clinic_year.py, tests/insights/test_tally.py.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cds_service.insights.queries import CallCount, InsightsQueries, Span, Unread, ViewCount
from cds_service.insights.sheet import limit
from cds_service.insights.tally import ALL, Counting, Tally, nearest_rank

DAY_MS = 24 * 60 * 60 * 1000
MINUTE_MS = 60 * 1000
BOUNDS = {"minute": MINUTE_MS, "ten_minutes": 10 * MINUTE_MS, "hour": 60 * MINUTE_MS, "day": DAY_MS}
"""Upper bound of each row of the table of delays.

Longer ones are later.
"""
LATER = "later"


@dataclass(frozen=True, slots=True)
class Part:
    """Cards of one group with their views."""

    name: str
    views: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Delays:
    """Times to the first feedback in milliseconds, or None."""

    counts: Mapping[str, int]
    median: int | None
    p90: int | None

    @property
    def replied(self) -> int:
        """Return how many cards had feedback."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Report:
    """All figures."""

    span: Span
    made: int
    """Milliseconds since 1970."""
    answers: tuple[CallCount, ...]
    whole: Part
    views_with_card: int
    parts: Mapping[str, tuple[Part, ...]]
    """By week, client, level, rule and version."""
    delays: Delays
    charts: int
    unread: tuple[tuple[Unread, int], ...]
    lost: int

    @property
    def calls(self) -> int:
        """Return how many calls came."""
        return sum(answer.calls for answer in self.answers)


async def report_of(rows: InsightsQueries, span: Span, now: int) -> Report:
    """Return the report of now.

    Raises StoreUnavailable.
    """
    counting = Counting(due_before=now - limit("answer_days") * DAY_MS)
    async for card in rows.cards(span):
        counting.add(card)
    views, charts = await rows.views(span), await rows.charts(span)
    unread: Counter[Unread] = Counter()
    for chart in charts:
        unread.update(dict.fromkeys(chart.unread, chart.calls))
    return Report(
        span=span,
        made=now,
        answers=tuple(sorted(await rows.calls(span), key=lambda answer: (answer.status, answer.code or ""))),
        whole=Part(ALL, sum(count.views for count in views), counting.tally("all", ALL)),
        views_with_card=sum(count.with_card for count in views),
        parts=_parts(counting, views),
        delays=_delays(counting),
        charts=sum(chart.calls for chart in charts),
        unread=tuple(sorted(unread.items(), key=lambda item: (item[0].source, item[0].reason, item[0].is_partial))),
        lost=await rows.lost(span),
    )


def _parts(counting: Counting, views: tuple[ViewCount, ...]) -> dict[str, tuple[Part, ...]]:
    total = sum(count.views for count in views)
    found = {
        by: tuple(Part(name, total, counting.tally(by, name)) for name in counting.names(by))
        for by in ("level", "rule", "version")
    }
    by_week: Counter[str] = Counter()
    by_client: Counter[str] = Counter()
    for count in views:
        by_week[str(count.week)] += count.views
        by_client[count.client] += count.views
    for by, counted in (("week", by_week), ("client", by_client)):
        names = sorted({*counted, *counting.names(by)})
        found[by] = tuple(Part(name, counted[name], counting.tally(by, name)) for name in names)
    return found


def _delays(counting: Counting) -> Delays:
    ordered = sorted(counting.delays)
    counts = dict.fromkeys((*BOUNDS, LATER), 0)
    for delay in ordered:
        counts[next((name for name, longest in BOUNDS.items() if delay <= longest), LATER)] += 1
    if not ordered:
        return Delays(counts, None, None)
    return Delays(counts, nearest_rank(ordered, 0.5), nearest_rank(ordered, 0.9))
