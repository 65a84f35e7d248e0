"""Decides whether pending sources can still change the cards.

ADR 0015 has the argument.
Tests: tests/evaluation/test_early_exit.py.
"""

from datetime import date

from cds_service.evaluation.evaluate import assess_chart, render_cards
from cds_service.fhir.chart.chart import Chart
from cds_service.fhir.chart.concurrent_fetch import Remaining
from cds_service.fhir.chart.sources import SOURCES, Need
from rules.gate.history import HISTORY_KINDS
from rules.gate.state import State
from rules.outcome import Level

_HISTORY = frozenset(kind.value for kind in HISTORY_KINDS)
_EVIDENCE = frozenset(source.resource_type for source in SOURCES if source.need is Need.EVIDENCE)


def decide_remaining(chart: Chart, out: frozenset[str], as_of: date, shadow: frozenset[str] = frozenset()) -> Remaining:
    """Decide whether to wait for the pending sources.

    The chart without them decides. Rules in shadow do not count.
    """
    if chart.unknown_required:
        return Remaining.CANCEL
    evaluation = render_cards(assess_chart(chart, as_of, shadow))
    if evaluation.assessment.state is State.SUPPRESSED:
        return Remaining.CANCEL
    if evaluation.assessment.state is State.NONE:
        return Remaining.WAIT if evaluation.cards or out & _HISTORY else Remaining.CANCEL
    is_urgent = any(card.level is Level.CRITICAL for card in evaluation.cards)
    return Remaining.WAIT_BRIEFLY if is_urgent and not out & _EVIDENCE else Remaining.WAIT
