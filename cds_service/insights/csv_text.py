"""A report as CSV for operators, with every count.

Tests: tests/insights/test_clinic_year.py, tests/insights/test_command.py.
"""

import csv
import io
from collections.abc import Iterator

from cds_service.insights.cell_text import rate_of
from cds_service.insights.proportions import proportion_of
from cds_service.insights.questions import questions_of
from cds_service.insights.report import Report
from cds_service.insights.sheet import limit
from cds_service.insights.tables import Cell, Count, PartOf, Rate, Time, tables_of

HEADER = ("table", "row", "figure", "value", "of", "share", "low", "high")
Line = tuple[object, ...]


def csv_text(report: Report) -> str:
    """Return the file with whole counts and milliseconds.

    Proportions are per cent, and blank for too few cards.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for table in tables_of(report):
        for row in table.rows:
            writer.writerows((table.id, row.name, figure, *_values(cell)) for figure, cell in row.cells.items())
    writer.writerows(_questions(report))
    return out.getvalue()


def _values(cell: Cell) -> Line:
    match cell:
        case Count():
            return (cell.number, "", "", "", "")
        case PartOf():
            found = proportion_of(cell.count.number, cell.whole.number, limit("least_cards"))
            shares = [round(value, 2) for value in (found.percent, found.low, found.high)] if found else ["", "", ""]
            return (cell.count.number, cell.whole.number, *shares)
        case Rate():
            found_rate = rate_of(cell)
            return ("" if found_rate is None else round(found_rate, 2), cell.views.number, "", "", "")
        case Time():
            enough = cell.milliseconds is not None and cell.cards.number >= limit("least_cards")
            return (cell.milliseconds if enough else "", cell.cards.number, "", "", "")


def _questions(report: Report) -> Iterator[Line]:
    for question in questions_of(report):
        yield (
            "questions",
            question.version.replace("@", " "),
            question.reason,
            *_ask(question.overridden, question.replied),
        )


def _ask(overridden: int, replied: int) -> Line:
    return (overridden, replied, round(100 * overridden / replied, 2), "", "")
