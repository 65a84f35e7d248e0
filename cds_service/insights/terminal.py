"""A report in a terminal, table by table.

It must not hide a count: the terminal is of whoever runs the service.
Tests: tests/insights/test_command.py.
"""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table as Grid

from cds_service.insights.caption import caption_of
from cds_service.insights.cell_text import heading, written
from cds_service.insights.questions import questions_of
from cds_service.insights.report import Report
from cds_service.insights.sheet import insights_sheet, said
from cds_service.insights.tables import Table, tables_of


def terminal_view(report: Report) -> Iterator[RenderableType]:
    """Yield the printed parts in order."""
    yield escape(" · ".join(caption_of(report)))
    for table in tables_of(report):
        yield ""
        yield (_overview if table.id == "overview" else _grid)(table)
    yield ""
    yield f"[bold]{said('questions', 'title')}[/bold] {said('questions', 'intro')}"
    questions = questions_of(report)
    yield from (escape(f"? {question.text}") for question in questions)
    if not questions:
        yield said("questions", "nothing")


def _overview(table: Table) -> RenderableType:
    """Return the single row, one figure a line."""
    grid = Grid(said("columns", table.id), "", title=table.title, title_justify="left")
    for figure in table.figures:
        grid.add_row(heading(figure), written(table.rows[0].cells[figure]))
    return grid


def _grid(table: Table) -> RenderableType:
    if not table.rows:
        return f"{table.title}: {insights_sheet()['page']['empty']}"
    grid = Grid(said("columns", table.id), *map(heading, table.figures), title=table.title, title_justify="left")
    for row in table.rows:
        grid.add_row(escape(row.name), *(written(row.cells.get(figure)) for figure in table.figures))
    return grid
