"""Every limit of every rule.toml has somebody on each side of it: nudged up or down, it changes an assessment.

A vignette of rules/*/cases.yaml where there is one, else a chart of limit_edges.py; the rest says why there is none.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files

import pytest

from rules.assess import Assessment, assess
from rules.rule import sheet
from tests.evaluating import CASES, facts_of_case, levels
from tests.rules.limit_edges import DAY, DEFENDED, EDGES, NOT_SEEN, Edge
from tests.vignettes import Vignette

FOLDERS = ("evidence", "gate", "weight", "labs", "local", "regional", "brain", "bone", "liver", "lung")
COUNTED_UNITS = ("d", "a", "mo", "words")


def _limits() -> Iterator[str]:
    yield from (f"{folder}.{name}" for folder in FOLDERS for name in sheet(folder).limits)


def _step(folder: str, name: str) -> Decimal:
    """One of what is counted; of what is measured a fiftieth."""
    unit = tomllib.loads((files("rules") / folder / "rule.toml").read_text(encoding="utf-8"))["limits"][name]["unit"]
    return Decimal(1) if unit in COUNTED_UNITS else sheet(folder).limits[name].value / 50


@contextmanager
def _nudged(folder: str, name: str, step: Decimal) -> Iterator[None]:
    """The knowledge with another number, for as long as it lasts."""
    limits = sheet(folder).limits
    assert isinstance(limits, dict)
    own = limits[name]
    limits[name] = replace(own, value=own.value + step)
    try:
        yield
    finally:
        limits[name] = own


def _charts(limit: str) -> list[Vignette]:
    edges = [edge.chart(value) for edge in EDGES if edge.limit == limit for value in (edge.at[0], edge.past[0])]
    return edges or [CASES[name] for name in DEFENDED[limit].split()]


def _seen(found: Assessment) -> list[object]:
    """What a clinician would notice of an assessment."""
    return [
        found.state,
        found.pregnant,
        *((s.site, s.outcome, s.level, s.orders, [(j.trigger.rule, j.level) for j in s.judged]) for s in found.sites),
    ]


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.limit)
def test_one_side_of_a_limit_is_judged_otherwise_than_the_other(edge: Edge) -> None:
    """At the limit, and one step past it."""
    for value, expected in (edge.at, edge.past):
        chart = edge.chart(value)
        found = levels(assess(facts_of_case(chart), DAY))
        assert " ".join(f"{site}:{level}" for site, level in found.items()) == expected, value


@pytest.mark.parametrize("limit", [name for name in _limits() if name not in NOT_SEEN])
def test_a_limit_that_moves_either_way_is_noticed(limit: str) -> None:
    """A number that could be changed without a case that fails is not reviewed."""
    folder, _, name = limit.partition(".")
    charts = [(facts_of_case(chart), chart.as_of) for chart in _charts(limit)]
    usual = [_seen(assess(facts, on)) for facts, on in charts]
    step = _step(folder, name)

    for change in (step, -step):
        with _nudged(folder, name, change):
            assert [_seen(assess(facts, on)) for facts, on in charts] != usual, change


def test_what_is_said_of_limits_is_of_limits_that_there_are() -> None:
    """An entry for a limit that is gone would hide a misspelt one."""
    said = {*DEFENDED, *NOT_SEEN, *(edge.limit for edge in EDGES)}

    assert said == set(_limits())
    assert not set(DEFENDED) & set(NOT_SEEN)


def test_the_reader_reaches_further_back_than_any_rule() -> None:
    """What it leaves out no rule would have read."""

    def days(limit: str) -> int:
        folder, _, name = limit.partition(".")
        return sheet(folder).days(name, DAY).days

    weighed = days("weight.current_days") + days("weight.baseline_to_days") + days("weight.slip_window_days")

    assert days("evidence.vital_reach_days") > days("labs.vital_days")
    assert days("evidence.lab_reach_days") > days("labs.value_days") + days("labs.repeat_to_days")
    assert days("evidence.weight_reach_days") > weighed
    assert days("evidence.lab_reach_days") > days("regional.vaccination_days")
