"""Cells in words.

A suppressed count must not be shown or derivable.
Tests: tests/insights/test_cell_text.py.
"""

from cds_service.insights.proportions import proportion_of
from cds_service.insights.sheet import insights_sheet, limit, meaning_of, said, title_of
from cds_service.insights.tables import Cell, Count, Key, PartOf, Rate, Time

NOTHING_HIDDEN: frozenset[Key] = frozenset()
BLANK = ""
WHOLE_FROM = 10
LEAST_DECIMAL = 0.05
"""Shares between these have a decimal."""
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"))


def written(cell: Cell | None, hidden: frozenset[Key] = NOTHING_HIDDEN) -> str:
    """Return a cell as shown, "" if absent."""
    match cell:
        case Count():
            return _count(cell, hidden)
        case PartOf():
            return " ".join(filter(None, (_count(cell.count, hidden), share(cell, hidden))))
        case Rate():
            return rate(cell, hidden)
        case Time():
            return _time(cell)
        case None:
            return BLANK


def share(cell: PartOf, hidden: frozenset[Key] = NOTHING_HIDDEN) -> str:
    """Return a proportion with its interval in brackets, or ""."""
    if {cell.count.key, cell.whole.key} & hidden or not cell.whole.number:
        return BLANK
    found = proportion_of(cell.count.number, cell.whole.number, limit("least_cards"))
    if found is None:
        return f"({said('cell', 'few')})"
    percent, low, high = map(_rounded, (found.percent, found.low, found.high))
    return f"({said('cell', 'share', percent=percent, low=low, high=high)})"


def _rounded(percent: float) -> str:
    return f"{percent:.1f}" if LEAST_DECIMAL <= percent < WHOLE_FROM else f"{percent:.0f}"


def rate_of(cell: Rate) -> float | None:
    """Return the rate per thousand views, None for too few views."""
    if cell.views.number < limit("least_views"):
        return None
    return 1000 * sum(count.number for count in cell.counts) / cell.views.number


def rate(cell: Rate, hidden: frozenset[Key] = NOTHING_HIDDEN) -> str:
    """Return a rate as it is shown."""
    if {cell.views.key, *(count.key for count in cell.counts)} & hidden:
        return said("cell", "hidden")
    found = rate_of(cell)
    if found is None:
        return said("cell", "few")
    return f"{found:.1f}" if not cell.is_rounded else f"{float(f'{found:.2g}'):g}"


def _count(count: Count, hidden: frozenset[Key]) -> str:
    if count.key not in hidden:
        return f"{count.number:,}"
    least = limit("small_cell")
    return said("cell", "small", least=least) if count.number < least else said("cell", "hidden")


def _time(cell: Time) -> str:
    if cell.milliseconds is None or cell.cards.number < limit("least_cards"):
        return said("cell", "few")
    return duration(cell.milliseconds)


def duration(milliseconds: int) -> str:
    """Return a time in its largest unit."""
    for length, unit in _UNITS:
        if milliseconds >= length:
            return f"{milliseconds / length:.1f} {unit}"
    return f"{milliseconds / 1000:.0f} s"


def heading(figure: str) -> str:
    """Return the heading of a column, of a reason its own words."""
    kind, _, reason = figure.partition(":")
    return str(insights_sheet()["reasons"][reason]) if reason else title_of(kind)


def meanings() -> dict[str, str]:
    """Return the meaning of each figure by heading."""
    return {title_of(figure): meaning_of(figure) for figure in insights_sheet()["figures"]}
