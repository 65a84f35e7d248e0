"""A report as tables of cells, shared by terminal, CSV and page.

Tests: tests/insights/test_clinic_year.py, tests/docs/test_insights.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cds_service.insights.queries import ANSWERED, MONDAY_MS, WEEK_MS, Unread
from cds_service.insights.report import Part, Report
from cds_service.insights.sheet import insights_sheet, said
from cds_service.insights.tally import ALL, NO_RULE, REASONS, Tally

Key = tuple[str, str, str]
"""Group, member and figure of a count.

Equal counts of two tables have equal keys.
"""


@dataclass(frozen=True, slots=True)
class Count:
    """How many."""

    key: Key
    number: int


@dataclass(frozen=True, slots=True)
class PartOf:
    """How many of how many, shown with its share."""

    count: Count
    whole: Count


@dataclass(frozen=True, slots=True)
class Rate:
    """Rate per thousand views, over several counts together."""

    counts: tuple[Count, ...]
    views: Count
    is_rounded: bool = False
    """True for two digits only, so that no card count is derivable."""


@dataclass(frozen=True, slots=True)
class Time:
    """A time in milliseconds over a number of cards, or None."""

    milliseconds: int | None
    cards: Count


Cell = Count | PartOf | Rate | Time


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table."""

    id: str
    name: str
    cells: Mapping[str, Cell]
    """Cells by figure, blank if missing."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with equal figures."""

    id: str
    figures: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """Return its heading."""
        return said("tables", self.id)


OVERVIEW = (
    *("calls", "views", "views_with_card", "shown", "card_rate", "quieted", "card_rate_with_quieted", "shadow"),
    *("due", "accepted", "overridden", "ignored", "recent", "median_delay", "p90_delay", "charts", "lost"),
)
CARDS = (
    *("views", "shown", "card_rate", "quieted", "card_rate_with_quieted", "shadow"),
    *("due", "accepted", "overridden", "ignored", "recent"),
)
KINDS = {"weeks": "week", "clients": "client", "levels": "level", "rules": "rule", "versions": "version"}
OF_ALL_VIEWS = frozenset({"levels", "rules", "versions"})
"""Tables whose rows have no views of their own."""
SUMS = frozenset({"weeks", "clients", "levels"})
"""Tables whose rows add up to all cards.

A card may have several rules.
"""


NOT_ON_PAGES = frozenset({"shown", "recent"})
"""Figures omitted on pages.

The few recent cards would suppress nearly all other counts.
"""


def page_tables(tables: Iterable[Table]) -> tuple[Table, ...]:
    """Return the tables with the columns of a page."""
    return tuple(_on_page(table) if table.id in OF_ALL_VIEWS else table for table in tables)


def _on_page(table: Table) -> Table:
    figures = tuple(figure for figure in table.figures if figure not in NOT_ON_PAGES)
    rows = (replace(row, cells={figure: row.cells[figure] for figure in figures}) for row in table.rows)
    return Table(table.id, figures, tuple(rows))


def tables_of(report: Report) -> tuple[Table, ...]:
    """Return all tables, in the order of the page."""
    parts = (_cards_table(table, report) for table in KINDS)
    return (_overview(report), *parts, _reasons(report), _delays(report), _answers(report), _unread(report))


def cells_of(part: Part, by: str) -> dict[str, Cell]:
    """Return the figures of the cards of one group."""
    counted = _counts(part.tally, by, part.name)
    own = by in {"all", "week", "client"}
    views = Count((by, part.name, "views") if own else ("all", ALL, "views"), part.views)
    due = counted["due"]
    return {
        **counted,
        "views": views,
        "card_rate": Rate((counted["shown"],), views, is_rounded=not own),
        "card_rate_with_quieted": Rate((counted["shown"], counted["quieted"]), views, is_rounded=not own),
        **{figure: PartOf(counted[figure], due) for figure in ("accepted", "overridden", "ignored")},
    }


def _counts(tally: Tally, by: str, name: str) -> dict[str, Count]:
    names = ("shown", "quieted", "shadow", "due", "accepted", "overridden", "ignored", "recent")
    return {figure: Count((by, name, figure), getattr(tally, figure)) for figure in names}


def reasons_of(part: Part, by: str) -> dict[str, Count]:
    """Return the overridden cards of a group by their reason."""
    return {reason: Count((by, part.name, reason), part.tally.reasons.get(reason, 0)) for reason in REASONS}


def _overview(report: Report) -> Table:
    cells = cells_of(report.whole, "all")
    views = Count(("all", ALL, "views"), report.whole.views)
    replied = Count(("all", ALL, "replied"), report.delays.replied)
    found: dict[str, Cell] = {
        **cells,
        "calls": Count(("all", ALL, "calls"), report.calls),
        "views_with_card": PartOf(Count(("all", ALL, "views_with_card"), report.views_with_card), views),
        "median_delay": Time(report.delays.median, replied),
        "p90_delay": Time(report.delays.p90, replied),
        "charts": Count(("all", ALL, "charts"), report.charts),
        "lost": Count(("all", ALL, "lost"), report.lost),
    }
    return Table("overview", OVERVIEW, (Row(ALL, said("rows", "all"), {name: found[name] for name in OVERVIEW}),))


def _cards_table(table: str, report: Report) -> Table:
    by = KINDS[table]
    figures = tuple(name for name in CARDS if not (name == "views" and table in OF_ALL_VIEWS))
    rows = [_row(part, by, figures) for part in report.parts[by]]
    if table in SUMS and rows:
        rows.append(_row(report.whole, "all", figures))
    return Table(table, figures, tuple(rows))


def _row(part: Part, by: str, figures: Iterable[str]) -> Row:
    cells = cells_of(part, by)
    return Row(part.name, name_of(by, part.name), {name: cells[name] for name in figures})


def name_of(by: str, name: str) -> str:
    """Return a group as people call it."""
    if by == "week":
        monday = datetime.fromtimestamp(MONDAY_MS / 1000, UTC) + timedelta(milliseconds=int(name) * WEEK_MS)
        return monday.date().isoformat()
    if by == "version":
        return name.replace("@", " ")
    return said("rows", "all") if by == "all" else said("rows", NO_RULE) if name == NO_RULE else name


def _reasons(report: Report) -> Table:
    overridden = [(part, "version") for part in report.parts["version"] if part.tally.overridden]
    if report.whole.tally.overridden:
        overridden.append((report.whole, "all"))
    rows = []
    for part, by in overridden:
        whole = Count((by, part.name, "overridden"), part.tally.overridden)
        cells = {reason_figure(reason): PartOf(count, whole) for reason, count in reasons_of(part, by).items()}
        rows.append(Row(part.name, name_of(by, part.name), {"overridden": whole, **cells}))
    return Table("reasons", ("overridden", *map(reason_figure, REASONS)), tuple(rows))


def reason_figure(reason: str) -> str:
    """Return the name of the figure of one reason."""
    return f"reason:{reason}"


def _delays(report: Report) -> Table:
    whole = Count(("all", ALL, "replied"), report.delays.replied)
    words = insights_sheet()["delays"]
    rows = [
        Row(name, words[name], {"replied": PartOf(Count(("delay", name, "replied"), number), whole)})
        for name, number in report.delays.counts.items()
        if report.delays.replied
    ]
    return Table("delays", ("replied",), tuple(rows))


def _answers(report: Report) -> Table:
    whole = Count(("all", ALL, "calls"), report.calls)
    rows = []
    for answer in report.answers:
        word = answer.code or (said("rows", "answered") if answer.status == ANSWERED else "")
        name = f"{answer.status} {word}".strip()
        rows.append(Row(name, name, {"calls": PartOf(Count(("answer", name, "calls"), answer.calls), whole)}))
    return Table("answers", ("calls",), tuple(rows))


def _unread(report: Report) -> Table:
    charts = Count(("all", ALL, "charts"), report.charts)
    rows = []
    for unread, number in report.unread:
        name = unread_name(unread)
        rows.append(Row(name, name, {"unread": PartOf(Count(("unread", name, "unread"), number), charts)}))
    return Table("unread", ("unread",), tuple(rows))


def unread_name(unread: Unread) -> str:
    """Return a source and its reason."""
    partial = f"{said('rows', 'partial')}, " if unread.is_partial else ""
    return f"{unread.source}: {partial}{unread.reason}"
