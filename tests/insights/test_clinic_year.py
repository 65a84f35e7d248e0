"""A synthetic year of 20,000 views: every figure of the report is the one that was counted from its stories.

It must not compare the report with anything that the report made.
It tests cds_service/insights and cds_service/store/insights_rows.py.
"""

import asyncio
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from time import perf_counter

import pytest

from cds_service.audit.feedback_item import to_epoch_ms
from cds_service.insights.csv_text import csv_text
from cds_service.insights.queries import Span
from cds_service.insights.report import Report, report_of
from cds_service.store.database import Database
from cds_service.store.insights_rows import InsightsRows
from tests.insights.clinic import (
    MADE,
    VIEWS,
    WAVED_AWAY,
    Clinic,
    Quiet,
    Story,
    nobody_is_quiet,
    overridden_is_quiet,
    write,
)
from tests.insights.counting import Counted, counted

NOW = to_epoch_ms(MADE)
MOST_SECONDS = 3.0
CALCULATED = {"card_rate", "card_rate_with_quieted", "median_delay", "p90_delay"}
Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Year:
    """A year, as it was counted and as it is reported."""

    counted: Counted
    report: Report
    lines: dict[tuple[str, str, str], dict[str, str]]
    seconds: float


def year_of(folder: Path, quiet: Quiet) -> Year:
    """Live through a year with this policy of quiet, and report on it."""
    stories = list(Clinic(quiet).stories())
    report, seconds = asyncio.run(_reported(folder, stories))
    lines = {
        (line["table"], line["row"], line["figure"]): line for line in csv.DictReader(io.StringIO(csv_text(report)))
    }
    return Year(counted(stories), report, lines, seconds)


async def _reported(folder: Path, stories: list[Story]) -> tuple[Report, float]:
    database = Database(f"sqlite:///{folder}/store.sqlite3", longest_s=60)
    await database.prepare()
    await write(stories, database)
    begun = perf_counter()
    report = await report_of(InsightsRows(database), Span(0, NOW), NOW)
    seconds = perf_counter() - begun
    await database.close()
    return report, seconds


@pytest.mark.slow
def test_every_figure_of_a_year_is_the_one_counted_from_its_stories(tmp_path: Path) -> None:
    """Counts, rates, shares with their intervals, times and questions; some cards are kept quiet, some in shadow."""
    year = year_of(tmp_path, overridden_is_quiet)
    figures = year.counted.figures

    assert figures["overview", "All", "views"] > 0.97 * VIEWS
    assert all(figures["overview", "All", figure] for figure in ("quieted", "shadow", "recent", "ignored", "accepted"))
    assert _counts(year) == {key: number for key, number in figures.items() if number}
    assert list(_wrong_shares(year)) == []
    assert list(_wrong_rates(year)) == []
    ordered = sorted(year.counted.seconds)
    median, nine_in_ten = (ordered[-(-len(ordered) * part // 10) - 1] for part in (5, 9))
    assert _value(year, "median_delay") == round(median * 1000)
    assert _value(year, "p90_delay") == round(nine_in_ten * 1000)
    asked = {row for table, row, _ in year.lines if table == "questions"}
    assert f"{WAVED_AWAY} 1.0.0" in asked
    assert asked == set(_nearly_always_overridden(year))
    assert year.seconds < MOST_SECONDS


def _value(year: Year, figure: str) -> int:
    return int(year.lines["overview", "All", figure]["value"])


def _counts(year: Year) -> dict[tuple[str, str, str], int]:
    """Every count of the file that is not zero."""
    lines = ((key, line) for key, line in year.lines.items() if key[2] not in CALCULATED and key[0] != "questions")
    return {key: int(line["value"]) for key, line in lines if line["value"] != "0"}


def _wrong_shares(year: Year) -> Iterator[tuple[object, ...]]:
    wholes = {"views_with_card": "views", "replied": "replied", "calls": "calls", "unread": "charts"}
    for key, line in year.lines.items():
        table, row, figure = key
        if not line["of"] or figure in CALCULATED or table == "questions":
            continue
        total = "All" if figure in {"replied", "calls", "unread"} else row
        where = "reasons" if figure.startswith("reason:") else "overview" if figure in {"calls", "unread"} else table
        whole = year.counted.figures[where, total, wholes.get(figure, "overridden" if where == "reasons" else "due")]
        whole = len(year.counted.seconds) if figure == "replied" else whole
        expected = [str(whole), *_wilson(int(line["value"]), whole)]
        if [line["of"], line["share"], line["low"], line["high"]] != expected:
            yield key, line, expected


def _wilson(part: int, whole: int) -> list[str]:
    """The interval as the roots of (p - x)² = z² x (1 - x) / n, in per cent; nothing of fewer than twenty."""
    if whole < 20:
        return ["", "", ""]
    p = part / whole
    a, b, c = 1 + Z * Z / whole, -(2 * p + Z * Z / whole), p * p
    root = (b * b - 4 * a * c) ** 0.5
    bounds = ((-b - root) / (2 * a), (-b + root) / (2 * a))
    return [str(round(100 * value, 2) + 0.0) for value in (p, *(min(1.0, max(0.0, bound)) for bound in bounds))]


def _wrong_rates(year: Year) -> Iterator[tuple[object, ...]]:
    figures = year.counted.figures
    for key, line in year.lines.items():
        table, row, figure = key
        if figure not in {"card_rate", "card_rate_with_quieted"}:
            continue
        views = figures[table, row, "views"] or figures["overview", "All", "views"]
        cards = figures[table, row, "shown"] + (figures[table, row, "quieted"] if figure != "card_rate" else 0)
        expected = "" if views < 100 else str(round(1000 * cards / views, 2))
        if (line["value"], line["of"]) != (expected, str(views)):
            yield key, line, expected


def _nearly_always_overridden(year: Year) -> Iterator[str]:
    figures = year.counted.figures
    for (table, row, figure), overridden in tuple(figures.items()):
        if (table, figure) == ("versions", "overridden"):
            accepted = figures[table, row, "accepted"]
            if overridden + accepted >= 20 and overridden / (overridden + accepted) >= 0.8:
                yield row


@pytest.mark.slow
def test_quiet_lowers_the_card_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same year with and without: the quiet year's report tells, too, what the rate would be without."""
    folders = [tmp_path / name for name in ("loud", "quiet")]
    for folder in folders:
        folder.mkdir()
    loud, quiet = year_of(folders[0], nobody_is_quiet), year_of(folders[1], overridden_is_quiet)
    rates = [float(year.lines["overview", "All", "card_rate"]["value"]) for year in (loud, quiet)]
    without = float(quiet.lines["overview", "All", "card_rate_with_quieted"]["value"])
    with capsys.disabled():
        print(f"\ncards per 1,000 views: {rates[0]} without quiet, {rates[1]} with it ({without} found)")  # noqa: T201

    assert rates[1] < rates[0]
    assert without == rates[0]
