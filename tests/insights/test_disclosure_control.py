"""What a page does not show: small counts, and what they could be worked out from."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.insights.cell_text import written
from cds_service.insights.disclosure_control import counts_in, hidden_counts
from cds_service.insights.queries import CardOutcome
from cds_service.insights.report import DAY_MS, Report
from cds_service.insights.tables import Cell, Count, Key, PartOf, Table, page_tables, tables_of
from tests.insights.reports import LONG_AGO, accepted, overridden, report_on, told

REASONS = ("already-worked-up", "explained-otherwise", "patient-declines", "not-now", "other", "none")
ENDS = st.sampled_from([(), (accepted(),), *((overridden(reason),) for reason in REASONS[:4]), (overridden(None),)])
CARDS = st.builds(
    lambda answers, client, level, rule, weeks, state: told(
        *answers, client=client, level=level, rules=rule, at=LONG_AGO - weeks * 7 * DAY_MS, state=state
    ),
    ENDS,
    st.sampled_from(("north", "south", "east")),
    st.sampled_from(("info", "warning", "critical")),
    st.sampled_from((("LOC-1@1.0.0",), ("LOC-1@1.1.0",), ("REG-1@1.0.0", "REG-2@1.0.0"), ())),
    st.integers(0, 2),
    st.sampled_from(("shown", "shown", "shown", "quiet", "shadow")),
)


def _page(report: Report) -> tuple[tuple[Table, ...], frozenset[Key]]:
    tables = page_tables(tables_of(report))
    return tables, hidden_counts(report, tables)


@pytest.mark.sweep
@given(st.lists(CARDS, max_size=120))
def test_no_small_count_is_shown_nor_the_only_one_that_a_sum_lacks(cards: list[CardOutcome]) -> None:
    """For any cards: each sum that a reader could make lacks no count, or two."""
    tables, hidden = _page(report_on(cards))
    shown = {count.key: count.number for table in tables for row in table.rows for count in counts_in(row)}

    assert all(number >= 5 for key, number in shown.items() if number and key not in hidden)
    for sums in (*_sums(tables), *_sums_of_versions(tables)):
        assert sum(key in hidden for key in sums if shown[key]) != 1


def _sums(tables: Iterable[Table]) -> Iterable[tuple[Key, ...]]:
    """Every sum on the page, found by looking at it: rows with a total, and counts that are parts of each other."""
    for table in tables:
        for row in table.rows:
            by_figure = {figure: row.cells[figure] for figure in row.cells}
            for whole, *parts in (
                ("shown", "due", "recent"),
                ("due", "accepted", "overridden", "ignored"),
                ("overridden", *(f"reason:{reason}" for reason in REASONS)),
            ):
                if {whole, *parts} <= by_figure.keys():
                    yield tuple(next(iter(_keys(by_figure[figure]))) for figure in (whole, *parts))
        if table.rows and table.rows[-1].id == "" and table.id in {"weeks", "clients", "levels"}:
            for figure in table.figures:
                keys = tuple(key for row in table.rows for key in _keys(row.cells[figure]))
                if keys:
                    yield keys


def _sums_of_versions(tables: Iterable[Table]) -> Iterable[tuple[Key, ...]]:
    """A rule is the sum of its versions."""
    rules, versions = (next(table for table in tables if table.id == name) for name in ("rules", "versions"))
    for rule in rules.rows:
        own = [row for row in versions.rows if row.id.partition("@")[0] == rule.id]
        for figure in rules.figures if own else ():
            keys = tuple(key for row in (rule, *own) for key in _keys(row.cells[figure]))
            if keys:
                yield keys


def _keys(cell: Cell) -> list[Key]:
    if isinstance(cell, Count | PartOf):
        return [(cell.count if isinstance(cell, PartOf) else cell).key]
    return []


def test_a_share_that_tells_a_hidden_count_is_not_shown() -> None:
    """Three of thirty were accepted: neither the three, nor anything that leaves them over."""
    cards = [told(accepted())] * 3 + [told(overridden())] * 20 + [told()] * 7
    tables, hidden = _page(report_on(cards))
    (row,) = next(table for table in tables if table.id == "versions").rows

    texts = {figure: written(cell, hidden) for figure, cell in row.cells.items()}
    assert texts["accepted"] == "<5"
    assert texts["ignored"] == "hidden"
    assert texts["overridden"] == "20 (67 %, 49 to 81)"


def test_a_rate_on_few_cards_is_not_shown() -> None:
    """It would give the few cards away."""
    tables, hidden = _page(report_on([told()] * 4))
    (row,) = next(table for table in tables if table.id == "rules").rows

    assert "shown" not in row.cells
    assert written(row.cells["card_rate"], hidden) == "hidden"


def test_large_counts_are_all_shown() -> None:
    """Nothing is hidden where nobody could be told."""
    _, hidden = _page(report_on([told(accepted())] * 50 + [told()] * 50))

    assert hidden == frozenset()
