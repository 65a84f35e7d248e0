"""Caption of a report with period, client and gaps.

Tests: tests/insights/test_command.py, tests/insights/test_page.py.
"""

from datetime import UTC, datetime

from cds_service.insights.report import Report
from cds_service.insights.sheet import limit, said


def caption_of(report: Report) -> tuple[str, ...]:
    """Return the lines above the figures."""
    span = report.span
    lines = [
        said(
            "page",
            "period",
            since=_day(span.since) if span.since else said("page", "first"),
            until=_day(span.until - 1),
        ),
        said("page", "made", made=f"{_moment(report.made):%Y-%m-%d %H:%M}"),
        said("page", "few_cards", cards=limit("least_cards"), views=limit("least_views")),
        said("page", "share"),
    ]
    if span.client is not None:
        lines.insert(0, said("page", "of_client", client=span.client))
    if report.lost:
        lines.append(said("page", "lost", lost=report.lost))
    return tuple(lines)


def _day(milliseconds: int) -> str:
    return _moment(milliseconds).date().isoformat()


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
