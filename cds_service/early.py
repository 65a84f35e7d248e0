"""What a chart says before all of it is in: whether the rest is worth waiting for.

Must not fetch, nor be right by luck: that nothing more can change is argued in docs/adr/0015.
Tests: tests/service/test_early.py.
"""

from datetime import date

from cds_service.evaluation import appraise, evaluation_of
from cds_service.fhir.asking import Rest
from cds_service.fhir.chart import Chart
from cds_service.fhir.sources import SOURCES, Need
from rules.gate.history import HISTORY_KINDS
from rules.gate.state import State
from rules.outcome import Level

_HISTORY = frozenset(kind.value for kind in HISTORY_KINDS)
_EVIDENCE = frozenset(source.resource_type for source in SOURCES if source.need is Need.EVIDENCE)


def rest_of(chart: Chart, out: frozenset[str], as_of: date, shadow: frozenset[str] = frozenset()) -> Rest:
    """Return what becomes of the sources that are out, by what is known without them; rules in shadow show nothing."""
    if chart.unknown_required:
        return Rest.LEAVE
    evaluation = evaluation_of(appraise(chart, as_of, shadow))
    if evaluation.assessment.state is State.SUPPRESSED:
        return Rest.LEAVE
    if evaluation.assessment.state is State.NONE:
        return Rest.AWAIT if evaluation.cards or out & _HISTORY else Rest.LEAVE
    is_urgent = any(card.level is Level.CRITICAL for card in evaluation.cards)
    return Rest.AWAIT_BRIEFLY if is_urgent and not out & _EVIDENCE else Rest.AWAIT
