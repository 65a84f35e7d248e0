"""One patient, one day, in the process: what an evaluation rests on, and what it refuses."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from cds_service.errors import UnreadableChart
from cds_service.evaluation.evaluate import Evaluation, basis, evaluate
from cds_service.fhir.chart.local_chart import chart_of
from rules.facts import Gap
from tests.builders import DAY, PATIENT, SNOMED, Chart, a_patient, condition, observation, weight

HISTORY = a_patient().with_history()
LUMP = HISTORY.with_lump()


def evaluation_of(chart: Chart, day: date = DAY, gaps: tuple[Gap, ...] = ()) -> Evaluation:
    """What comes out for a chart."""
    return evaluation_of_texts([json.dumps(resource) for resource in chart.resources], day, gaps)


def evaluation_of_texts(texts: list[str], day: date = DAY, gaps: tuple[Gap, ...] = ()) -> Evaluation:
    """What comes out for resources as text."""
    chart = chart_of([text.encode() for text in texts], PATIENT, day, gaps=gaps)
    return evaluate(chart, day)


def levels(evaluation: Evaluation) -> dict[str, str]:
    """Topic and level of each card."""
    return {card.topic: card.level.indicator for card in evaluation.cards}


def test_an_assessment_rests_on_history_and_evidence_alone() -> None:
    """Not on what was merely read."""
    chart = LUMP.with_(condition("G43.109", "2004-01-01"), weight(70, "2026-06-01"))

    assert basis(evaluation_of(chart).assessment) == {"Condition/r1", "Condition/r2"}


def test_the_same_chart_on_another_day_is_another_answer() -> None:
    """A lump of June is old in the next year, and not yet there in May."""
    assert levels(evaluation_of(LUMP)) == {"local": "warning"}
    assert levels(evaluation_of(LUMP, DAY + timedelta(days=365))) == {}
    assert levels(evaluation_of(LUMP, date(2026, 5, 1))) == {}


def test_a_gap_is_carried_through() -> None:
    """To the cards and to the assessment."""
    found = evaluation_of(LUMP, gaps=(Gap("Observation", "late"),))

    assert levels(found) == {"local": "warning", "incomplete": "info"}
    assert [(item.what, item.reason) for item in found.assessment.missing] == [("Observation", "late")]


def _doubled(resource: dict[str, Any], more: str) -> str:
    return f"{json.dumps(resource)[:-1]}, {more}}}"


def test_each_round_takes_out_what_holds_a_key_twice() -> None:
    """The newest lump, then the one before, until the evidence is sound."""
    lumps = [condition("N63.21", f"2026-06-0{n}", id=f"l{n}", subject={"reference": "Patient/p1"}) for n in (1, 2, 3)]
    texts = [json.dumps(resource) for resource in HISTORY.resources]
    texts += [json.dumps(lumps[0]), *(_doubled(lump, '"note": [], "note": []') for lump in lumps[1:])]

    found = evaluation_of_texts(texts)

    assert levels(found)["local"] == "warning"
    assert basis(found.assessment) == {"Condition/r1", "Condition/l1"}
    assert {(item.what, item.reason) for item in found.assessment.missing} == {
        ("Condition/l2", "duplicate-key"),
        ("Condition/l3", "duplicate-key"),
    }


def test_a_cancer_with_a_key_twice_is_no_history_and_said() -> None:
    """Nobody may conclude that there was none."""
    patient, cancer, lump = (json.dumps(resource) for resource in LUMP.resources)
    found = evaluation_of_texts([patient, _doubled(json.loads(cancer), '"id": "r1"'), lump])

    assert levels(found) == {"incomplete": "info"}
    assert found.assessment.state.value == "none"


@pytest.mark.parametrize(
    "more",
    [
        '"id": "p1"',
        '"deceasedBoolean": true, "deceasedBoolean": false',
        '"link": [{"other": 1, "other": 2}]',
    ],
)
def test_a_patient_who_could_be_two_is_refused(more: str) -> None:
    """A key twice: two readers could see two people, one of them dead."""
    patient, *others = (json.dumps(resource) for resource in LUMP.resources)

    with pytest.raises(UnreadableChart, match="Patient"):
        evaluation_of_texts([_doubled(json.loads(patient), more), *others])


def test_a_patient_without_any_cancer_is_not_read_a_second_time() -> None:
    """There is nothing to say that could be about the wrong person."""
    patient = _doubled(json.loads(json.dumps(a_patient().resources[0])), '"id": "p1"')

    assert levels(evaluation_of_texts([patient])) == {}


@pytest.mark.parametrize(
    "evidence",
    [
        condition("N63.21", "2026-06-02T10:00:00"),
        condition("N63.21", subject={"reference": "Patient/p1", "type": 5}),
        observation("89164003", "2026-06-02T10:00", system=SNOMED),
    ],
)
def test_evidence_that_is_wrong_fhir_counts_and_is_flagged(evidence: dict[str, Any]) -> None:
    """What decides could be read."""
    found = evaluation_of(HISTORY.with_(evidence))

    assert levels(found) == {"local": "warning"}
    assert found.flagged == {f"{evidence['resourceType']}/r2"}


@pytest.mark.parametrize(
    "extra", [{"extension": [{"url": "x", "valueInteger": 10**4200}]}, {"text": {"status": "odd", "div": 5}}]
)
def test_a_fault_where_no_rule_looks_changes_nothing(extra: dict[str, Any]) -> None:
    """A number of four thousand digits in an extension, a broken narrative."""
    found = evaluation_of(HISTORY.with_(condition("N63.21", **extra)))

    assert levels(found) == {"local": "warning"}
    assert found.flagged == frozenset()


def test_a_chart_without_a_patient_resource_is_evaluated() -> None:
    """From a file; age and sex are then unknown."""
    found = evaluation_of_texts([json.dumps(resource) for resource in LUMP.resources[1:]])

    assert levels(found) == {"local": "warning"}
