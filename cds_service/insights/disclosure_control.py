"""Statistical disclosure control, the suppression of small counts.

A sum must not lack exactly one count.
Tests: tests/insights/test_disclosure_control.py.
"""

from collections.abc import Iterator

from cds_service.insights.report import Report
from cds_service.insights.sheet import limit
from cds_service.insights.tables import KINDS, SUMS, Cell, Count, Key, PartOf, Rate, Row, Table
from cds_service.insights.tally import ALL, REASONS

Line = tuple[Key, ...]
"""Counts of which the first is the sum of the others."""
ADDED = ("views", "shown", "quieted", "shadow", "due", "accepted", "overridden", "ignored", "recent")
"""Figures that add up over weeks, clients, levels and versions."""


def hidden_counts(report: Report, tables: tuple[Table, ...]) -> frozenset[Key]:
    """Return the keys of all suppressed counts.

    If a sum lacks one count, its smallest other one is suppressed too, until no sum lacks exactly one. Zeros stay,
    because they reveal nobody.
    """
    rows = [row for table in tables for row in table.rows]
    counts = {count.key: count.number for row in rows for count in counts_in(row)}
    rated = {count.key: count.number for row in rows for cell in row.cells.values() for count in _rated(cell)}
    hidden = {key for key, number in (counts | rated).items() if 0 < number < limit("small_cell")}
    lines = [line for line in (_told(line, counts) for line in _lines(report, tables)) if len(line) > 1]
    while open_lines := [line for line in lines if _lacks_one(line, hidden)]:
        for line in open_lines:
            if _lacks_one(line, hidden):
                hidden.add(min((key for key in line if key not in hidden), key=lambda key: (counts[key], key)))
    return frozenset(hidden)


def counts_in(row: Row) -> Iterator[Count]:
    """Yield the counts of a row."""
    for cell in row.cells.values():
        if isinstance(cell, Count):
            yield cell
        elif isinstance(cell, PartOf):
            yield cell.count


def _rated(cell: Cell) -> tuple[Count, ...]:
    return cell.counts if isinstance(cell, Rate) else ()


def _told(line: Line, counts: dict[Key, int]) -> Line:
    """Return the counts of a sum that are on the page and above zero."""
    return tuple(key for key in line if counts.get(key))


def _lacks_one(line: Line, hidden: set[Key]) -> bool:
    return sum(key in hidden for key in line) == 1


def _lines(report: Report, tables: tuple[Table, ...]) -> Iterator[Line]:
    """Yield every sum of the page."""
    for by, parts in (("all", (report.whole,)), *report.parts.items()):
        for part in parts:
            own = (by, part.name)
            yield tuple((*own, figure) for figure in ("shown", "due", "recent"))
            yield tuple((*own, figure) for figure in ("due", "accepted", "overridden", "ignored"))
            yield tuple((*own, figure) for figure in ("overridden", *REASONS))
    for figure in ADDED:
        for by in (KINDS[table] for table in SUMS):
            yield (("all", ALL, figure), *((by, part.name, figure) for part in report.parts[by]))
        yield from _of_versions(report, figure)
    yield (("all", ALL, "replied"), ("all", ALL, "accepted"), ("all", ALL, "overridden"))
    for table, whole in (("delays", "replied"), ("answers", "calls")):
        rows = next(each.rows for each in tables if each.id == table)
        yield (("all", ALL, whole), *(count.key for row in rows for count in counts_in(row)))


def _of_versions(report: Report, figure: str) -> Iterator[Line]:
    for rule in report.parts["rule"]:
        names = (part.name for part in report.parts["version"])
        own = tuple(("version", name, figure) for name in names if name.partition("@")[0] == rule.name)
        yield (("rule", rule.name, figure), *own)
