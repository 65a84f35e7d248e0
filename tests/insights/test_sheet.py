"""The limits and words of a report are whole."""

import pytest

from cds_service.insights.sheet import insights_sheet, limit, meaning_of
from cds_service.insights.tables import tables_of
from tests.insights.reports import report_on, told


@pytest.mark.parametrize("name", insights_sheet()["limits"])
def test_every_limit_has_a_reason(name: str) -> None:
    """A number without one can't be reviewed."""
    assert limit(name) > 0
    assert len(insights_sheet()["limits"][name]["why"]) > 50


def test_every_table_has_its_words() -> None:
    """A heading, what its rows are, and what each figure means."""
    for table in tables_of(report_on([told()])):
        assert table.title
        assert insights_sheet()["columns"][table.id]
        for figure in table.figures:
            assert meaning_of(figure.partition(":")[0]).endswith(".")
