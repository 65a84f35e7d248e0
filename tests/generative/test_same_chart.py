"""Equal meanings get equal answers, mirrored charts mirrored ones.

It must not know what an answer should be: it asks about two charts and compares.
It is itself a test, and the tests of charts_of_a_kind.py, measurements.py and same_charts.py.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from time import perf_counter
from typing import Any

import pytest

from cards.model import DETAIL_LENGTH, SUMMARY_LENGTH, Card, Order
from cds_service.evaluation.evaluate import Evaluation, evaluate
from cds_service.evaluation.trace import trace
from cds_service.fhir.chart.local_chart import chart_of as local_chart
from rules.facts import Code
from tests.builders import DAY, PATIENT, Resource
from tests.generative.charts_of_a_kind import chart_of
from tests.generative.same_charts import in_mirror, mirror, mirrored, redated, reordered, respelt

FEW, MANY = 150, int(os.environ.get("SAME_CHARTS", "4000"))
"""Charts in `make test` and in the slow test. SAME_CHARTS=20000 takes four minutes."""
Rewriting = Callable[[list[Resource], Random], list[Resource]]
REWRITINGS: tuple[Rewriting, ...] = (reordered, redated, respelt, mirrored)


def _evaluated(chart: list[Resource]) -> Evaluation:
    return evaluate(local_chart([json.dumps(each).encode() for each in chart], PATIENT, DAY), DAY)


@cache
def _as_written(seed: int) -> Evaluation:
    """The evaluation of the chart of a seed."""
    return _evaluated(chart_of(seed))


def _coded(code: Code, *, is_mirrored: bool) -> str:
    return mirror().get((code.system.value, code.value), code.value) if is_mirrored else code.value


def _suggested(order: Order, *, is_mirrored: bool) -> object:
    """Key, urgency, codes and place of a suggestion."""
    place = order.place and _coded(order.place.code, is_mirrored=is_mirrored)
    return order.key, order.priority, [coding.code.value for coding in order.codings], place


def _card(card: Card, *, is_mirrored: bool) -> object:
    suggested = [_suggested(order, is_mirrored=is_mirrored) for order in card.orders]
    return card.topic, card.level, suggested, card.rules, card.evidence


def _answer(found: Evaluation, *, is_mirrored: bool) -> dict[str, Any]:
    """Cards, outcomes of sites and rules, and unread records."""
    said = trace(found.assessment, found.flagged)
    missing = sorted(json.dumps(each) for each in said.pop("notAssessable", ()))
    return {**said, "missing": missing, "cards": [_card(card, is_mirrored=is_mirrored) for card in found.cards]}


def _reasons(card: Card, *, is_mirrored: bool) -> object:
    return [[_coded(reason.code, is_mirrored=is_mirrored) for reason in order.reasons] for order in card.orders]


def _is_said_alike(one: str, other: str, most: int) -> bool:
    """True for equal texts, or one too long when mirrored.

    "right" is a letter longer than "left", and a card has a limit.
    """
    return one == other or max(len(one), len(in_mirror(other))) > most


def _worded(one: Evaluation, other: Evaluation, *, is_mirrored: bool, is_reordered: bool) -> Iterator[bool]:
    """Whether both say each sentence alike.

    Of several codes of a finding a card names the first.
    """
    for first, second in zip(one.cards, other.cards, strict=True):
        seen = in_mirror if is_mirrored else str
        yield _is_said_alike(seen(first.summary), second.summary, SUMMARY_LENGTH)
        if not is_reordered:
            yield _is_said_alike(seen(first.detail), second.detail, DETAIL_LENGTH)
            yield _reasons(first, is_mirrored=is_mirrored) == _reasons(second, is_mirrored=False)


def _is_same(seed: int, *rewritings: Rewriting) -> bool:
    """True if a rewritten chart has the same answer."""
    chart, draw = chart_of(seed), Random(seed)
    for rewrite in rewritings:
        chart = rewrite(chart, draw)
    one, other, is_mirrored = _as_written(seed), _evaluated(chart), mirrored in rewritings
    if _answer(one, is_mirrored=is_mirrored) != _answer(other, is_mirrored=False):
        return False
    return all(_worded(one, other, is_mirrored=is_mirrored, is_reordered=reordered in rewritings))


@pytest.mark.sweep
@pytest.mark.parametrize("rewriting", REWRITINGS, ids=lambda rewriting: rewriting.__name__)
def test_a_chart_written_in_another_way_has_the_same_answer(rewriting: Rewriting) -> None:
    """Codings, dates, units and sides are rewritten one by one."""
    assert [seed for seed in range(FEW) if not _is_same(seed, rewriting)] == []


@pytest.mark.sweep
def test_the_charts_are_of_many_kinds() -> None:
    """Every topic and level is among their cards."""
    cards = [card for seed in range(FEW) for card in _as_written(seed).cards]

    assert {card.topic for card in cards} >= {"local", "regionalnode", "brain", "bone", "liver", "lung"}
    assert {card.level.indicator for card in cards} == {"info", "warning", "critical"}
    assert any(not _as_written(seed).cards for seed in range(FEW))
    assert any(order.place for card in cards for order in card.orders)


def test_each_code_of_a_side_has_one_of_the_other() -> None:
    """The mirror of the mirror is the chart."""
    assert {key: mirror()[key[0], other] for key, other in mirror().items()} == {key: key[1] for key in mirror()}


@pytest.mark.slow
def test_many_charts_rewritten_in_every_way_have_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """All rewritings together hold as well.

    Every other chart keeps the order of its codings, so that all its words are compared.
    """
    began, different = perf_counter(), []
    for seed in range(FEW, FEW + MANY):
        if not _is_same(seed, *REWRITINGS[seed % 2 :]):
            different.append((seed, [each.__name__ for each in REWRITINGS if not _is_same(seed, each)]))
        _as_written.cache_clear()
    with capsys.disabled():
        sys.stdout.write(f"\n{MANY} charts, each twice, in {perf_counter() - began:.0f} s\n")

    assert different == []
