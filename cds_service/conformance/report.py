"""A report for people in a terminal, and one for programs.

Must not show anything that was not made plain before.
Tests: tests/conformance/test_command.py, tests/conformance/test_run.py.
"""

from collections.abc import Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from cds_service.conformance.model import Outcome
from cds_service.conformance.registry import GROUPS
from cds_service.conformance.run import Report, Result

COLOURS = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.WARN: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.NOT_CHECKED: "cyan",
}


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as a JSON object."""
    return {
        "url": report.base,
        "service": report.service,
        "hook": report.hook,
        "exchanges": report.exchanges,
        "counts": {outcome.value: report.count(outcome) for outcome in Outcome},
        "checks": [_as_json(group, result) for group, result in _grouped(report)],
    }


def show(report: Report, console: Console) -> None:
    """Print the report, group by group."""
    called = f"{report.service} ({report.hook})" if report.service else "no service"
    console.print(Text(f"{called} at {report.base}, {report.exchanges} requests", style="bold"))
    for group in GROUPS:
        console.print(Text(f"\n{group.upper()}", style="bold"))
        console.print(_table([result for name, result in _grouped(report) if name == group]))
    console.print(Text("\n" + ", ".join(f"{report.count(outcome)} {outcome.value}" for outcome in Outcome)))


def _grouped(report: Report) -> Iterator[tuple[str, Result]]:
    groups = {check.id: name for name, checks in GROUPS.items() for check in checks}
    return ((groups[result.check.id], result) for result in report.results)


def _as_json(group: str, result: Result) -> dict[str, Any]:
    check = result.check
    return {
        "id": check.id,
        "group": group,
        "rows": list(check.rows),
        "level": check.level.value,
        "versions": list(check.versions),
        "requirement": check.requirement,
        "outcome": result.outcome.value,
        "seen": result.seen,
    }


def _table(results: list[Result]) -> Table:
    table = Table.grid(padding=(0, 2))
    for width in (14, 13, 11):
        table.add_column(min_width=width, no_wrap=True)
    table.add_column(ratio=1)
    for result in results:
        check = result.check
        outcome = Text(result.outcome.value, style=COLOURS[result.outcome])
        table.add_row(outcome, Text(check.id), Text(check.level.value), _words(result))
    return table


def _words(result: Result) -> RenderableType:
    check = result.check
    rows = ", ".join(map(str, check.rows))
    words = Text(check.requirement).append(f" (from {check.since}; row {rows})", style="dim")
    if not result.seen:
        return words
    return Group(words, Text(f"→ {result.seen}", style=COLOURS[result.outcome]))
