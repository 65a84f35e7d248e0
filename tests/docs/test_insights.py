"""Every figure of a report is defined in the documents, in the words of the page."""

from pathlib import Path

import pytest

from cds_service.insights.sheet import insights_sheet, meaning_of, title_of
from cds_service.insights.tables import tables_of
from tests.insights.reports import overridden, report_on, told

PAGE = (Path(__file__).parents[2] / "docs" / "insights.md").read_text(encoding="utf-8")


def test_every_figure_of_a_report_is_defined() -> None:
    """By its heading."""
    report = report_on([told(overridden())])
    figures = {figure.partition(":")[0] for table in tables_of(report) for figure in table.figures}

    assert figures == insights_sheet()["figures"].keys()


@pytest.mark.parametrize("figure", insights_sheet()["figures"])
def test_a_figure_means_in_the_documents_what_it_means_on_the_page(figure: str) -> None:
    """Word for word."""
    assert f"| {title_of(figure)} | {meaning_of(figure)} |" in PAGE


@pytest.mark.parametrize("name", insights_sheet()["limits"])
def test_every_limit_stands_in_the_documents_with_its_reason(name: str) -> None:
    """A number that decides what counts is for everybody to see."""
    entry = insights_sheet()["limits"][name]

    assert f"| {entry['value']} | `{name}` | {' '.join(entry['why'].split())} |" in PAGE
