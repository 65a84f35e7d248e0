"""What a visit was for is evidence where it is a symptom or a finding, and proves nothing else."""

import json
from typing import Any

import pytest

from cds_service.errors import WrongPatient
from cds_service.fhir.chart.local_chart import chart_of
from cds_service.fhir.reading.facts import read_facts
from tests.builders import (
    DAY,
    FHIR,
    SNOMED,
    Resource,
    a_patient,
    answer_for,
    answer_to,
    call_of,
    concept,
    condition,
    error_code,
    fetched,
    observation,
    outcome_of,
    topics,
    trace,
)

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
HEADACHE = concept("R51.9")
ACTIVE = concept("active", "http://terminology.hl7.org/CodeSystem/condition-clinical")
OWN = {"reference": "Patient/p1"}


def visit(**more: object) -> Resource:
    """A finished visit of a few days ago."""
    return {"resourceType": "Encounter", "status": "finished", "period": {"start": "2026-06-10"}, **more}


def visit_for(*reasons: Resource, **more: object) -> Resource:
    """A visit with coded reasons."""
    return visit(reasonCode=list(reasons)) | more


def visit_about(reference: str = "#c", **more: object) -> Resource:
    """A visit whose reason is a Condition."""
    return visit(reasonReference=[{"reference": reference}]) | more


def problem(**more: object) -> Resource:
    """A headache that stands on the problem list as active since before last winter."""
    return condition("R51.9", "2025-11-01", id="c", clinicalStatus=ACTIVE) | more


@pytest.mark.parametrize(
    "encounter",
    [
        visit_for(HEADACHE),
        visit_for({"text": "feels unwell"}, concept("25064002", SNOMED)),
        visit_for({"coding": [{"system": "urn:local", "code": "1"}, *HEADACHE["coding"]]}),
        visit(reasonCode=[HEADACHE], period={"end": "2026-06-10"}),
        visit_about(contained=[problem()]),
        visit_for(HEADACHE, status="in-progress"),
        visit_for(HEADACHE, status="unknown"),
    ],
)
async def test_the_reason_of_a_visit_is_a_finding_of_that_day(encounter: Resource) -> None:
    """Coded in the Encounter, or a Condition that it contains."""
    answer = await answer_for(HISTORY.with_(encounter))

    assert topics(answer) == {"brain": "info"}
    assert "eadache on 2026-06-10" in answer["cards"][0]["detail"]


@pytest.mark.parametrize(
    "encounter",
    [
        visit_for({"text": "Headache"}),
        visit_for(concept("R51.9", "urn:local")),
        visit_for(HEADACHE, status="planned"),
        visit_for(HEADACHE, status="cancelled"),
        visit_for(HEADACHE, status="entered-in-error"),
        visit_for(HEADACHE, period={"start": "2026-07-01"}),
        visit_for(HEADACHE, period={"start": "2026-01-01"}),
        visit(reasonCode=[HEADACHE], period={}),
        visit(reasonCode="headache"),
        visit(reasonReference="Condition/c"),
        visit_about(),
        visit_about(""),
        visit_about("Condition/none"),
        visit_about(contained=[problem() | {"resourceType": "Procedure"}]),
        visit_about(contained=[problem() | {"code": {"text": "Headache"}}]),
        visit(reasonReference=[{"display": "Headache"}], contained=[problem()]),
    ],
)
async def test_a_reason_that_is_not_coded_or_did_not_take_place_is_none(encounter: Resource) -> None:
    """Words alone, a visit that is planned, cancelled or a mistake, one without a day, a reference to nothing."""
    answer = await answer_for(HISTORY.with_(encounter))

    assert topics(answer) == {}
    assert "notAssessable" not in trace(answer)


@pytest.mark.parametrize("code", ["C50.412", "C79.31", "Z85.3", "Z51.11", "D05.12", "Z51.5"])
async def test_the_reason_of_a_visit_is_no_history_and_no_treatment(code: str) -> None:
    """A visit for a cancer says that a cancer was asked about."""
    lump = a_patient().with_lump()
    alone, beside = lump.with_(visit_for(concept(code))), lump.with_history().with_(visit_for(concept(code)))

    assert trace(await answer_for(alone))["state"] == "none"
    assert trace(await answer_for(beside))["state"] == "treated"
    assert (await answer_for(beside))["cards"] == (await answer_for(lump.with_history()))["cards"]


async def test_the_reason_of_a_visit_explains_no_finding() -> None:
    """A migraine that was asked about lowers no headache."""
    severe = condition("R51.9", severity=concept("24484000", SNOMED))
    plain, beside = (HISTORY.with_(severe, *more) for more in ((), (visit_for(concept("G43.909")),)))

    assert (await answer_for(beside))["cards"] == (await answer_for(plain))["cards"]


async def test_a_visit_for_hospice_care_still_suppresses_and_keeps_its_own_date() -> None:
    """By its class or type, whatever its reason; by its reason alone it does not."""
    hospice = concept("385763009", SNOMED)
    chart = HISTORY.with_lump()
    period = {"start": "2025-01-01", "end": "2026-06-01"}

    suppressed = await answer_for(chart.with_(visit_for(HEADACHE, type=[hospice], period=period)))
    asked = await answer_for(chart.with_(visit_for(hospice)))

    assert (trace(suppressed)["state"], suppressed["cards"]) == ("suppressed", [])
    assert trace(asked)["state"] == "treated"


@pytest.mark.parametrize(
    "reference",
    ["Condition/c", "Condition/c/_history/3", f"{FHIR}/Condition/c", "urn:uuid:0c", "https://x/Condition/c"],
)
async def test_an_old_problem_that_was_the_reason_of_a_visit_is_evidence_of_that_day(reference: str) -> None:
    """Written down seven months ago it is too old by itself; however the reference is written."""
    chart = HISTORY.with_(problem())
    entries: list[Resource] = [{"resource": each} for each in chart.of_type("Condition")]
    entries[1]["fullUrl"] = reference if reference.startswith(("urn", "https")) else "urn:uuid:other"
    conditions = {"resourceType": "Bundle", "entry": entries}

    alone = await answer_for(chart, conditions=conditions)
    prefetch = chart.with_(visit_about(reference)).prefetch(conditions=conditions)
    asked = (await answer_to(call_of(prefetch, fhirServer=FHIR))).json()

    assert (topics(alone), outcome_of(alone, "brain")) == ({}, "too-old")
    assert list(topics(asked)) == ["brain"]
    assert "eadache on 2026-06-10" in asked["cards"][0]["detail"]


async def test_a_reference_to_another_server_is_none_of_this_chart() -> None:
    """The same id elsewhere is another Condition."""
    chart = HISTORY.with_(problem(), visit_about("https://elsewhere.example/fhir/Condition/c"))

    assert topics((await fetched(chart)).json()) == {}
    assert topics(await answer_for(HISTORY.with_(problem(), visit_about("Observation/c")))) == {}


@pytest.mark.parametrize(
    "said",
    [
        {"verificationStatus": concept("refuted", "v")},
        {"verificationStatus": concept("entered-in-error", "v")},
        {"clinicalStatus": concept("resolved", "c")},
        {"clinicalStatus": concept("inactive", "c")},
        {"clinicalStatus": concept("remission", "c")},
        {"abatementDateTime": "2026-06-12"},
        {"abatementString": "gone"},
    ],
)
async def test_a_condition_that_is_over_or_untrue_is_no_reason(said: Resource) -> None:
    """Contained in the visit or on record."""
    for encounter, others in (
        (visit_about(contained=[problem() | said]), ()),
        (visit_about("Condition/c"), (problem() | said,)),
    ):
        assert topics(await answer_for(HISTORY.with_(encounter, *others))) == {}


async def test_a_visit_for_a_complaint_from_before_the_cancer_is_none_after_it() -> None:
    """The Condition says since when."""
    old = problem(onsetDateTime="2010")

    answer = await answer_for(HISTORY.with_(old, visit_about("Condition/c")))

    assert (topics(answer), outcome_of(answer, "brain")) == ({}, "before-cancer")


async def test_the_severity_of_the_condition_is_that_of_the_reason() -> None:
    """A severe headache that was asked about is a severe headache."""
    severe = problem(severity=concept("24484000", SNOMED), recordedDate="soon")

    assert topics(await answer_for(HISTORY.with_(visit_about(contained=[severe])))) == {"brain": "warning"}


async def test_a_later_no_takes_a_reason_back() -> None:
    """As it does with any finding."""
    denied = observation("25064002", "2026-06-12", system=SNOMED, valueBoolean=False)

    answer = await answer_for(HISTORY.with_(visit_for(HEADACHE), denied))

    assert (topics(answer), outcome_of(answer, "brain")) == ({}, "negated")


async def test_a_problem_that_was_the_reason_of_several_visits_lasts() -> None:
    """Each visit is a day on which it was there."""
    earlier = visit_about("Condition/c", period={"start": "2026-05-20"})

    answer = await answer_for(HISTORY.with_(problem(), visit_about("Condition/c"), earlier))

    assert "eadache on 2026-06-10" in answer["cards"][0]["detail"]
    assert "eadache on 2026-05-20" in answer["cards"][0]["detail"]


async def test_two_visits_for_the_same_complaint_make_it_last() -> None:
    """A headache of two weeks weighs more than one of a day."""
    once, twice = visit_for(HEADACHE), visit_for(HEADACHE, period={"start": "2026-05-20"})

    assert topics(await answer_for(HISTORY.with_(once))) == {"brain": "info"}
    assert topics(await answer_for(HISTORY.with_(once, twice))) == {"brain": "warning"}


@pytest.mark.parametrize(
    "encounter, reason",
    [
        (visit_for(HEADACHE, period={"start": "soon"}), "date"),
        (visit_for(HEADACHE, status="done"), "status"),
        (visit_for(HEADACHE, modifierExtension=[{"url": "x"}]), "modifier"),
        (visit_about(contained=[problem(modifierExtension=[{"url": "x"}])]), "modifier"),
        (visit_for(HEADACHE, type=[concept("385763009", SNOMED)], period={"start": "soon"}), "date"),
    ],
)
async def test_a_reason_that_can_not_be_read_is_said(encounter: Resource, reason: str) -> None:
    """It may be a headache."""
    answer = await answer_for(HISTORY.with_(encounter))

    assert topics(answer) == {"incomplete": "info"}
    assert outcome_of(answer, "brain") == "cannot-tell"
    assert {item["reason"] for item in trace(answer)["notAssessable"]} == {reason}


async def test_a_reason_with_an_onset_that_can_not_be_read_counts_from_the_visit() -> None:
    """The visit has a date, and the onset is named."""
    answer = await answer_for(HISTORY.with_(visit_about(contained=[problem(onsetDateTime="soon")])))

    assert topics(answer)["brain"] == "info"
    assert {item["reason"] for item in trace(answer)["notAssessable"]} == {"date"}


@pytest.mark.parametrize("whose", [{"reference": "Patient/p2"}, {"reference": "#p"}])
async def test_a_contained_condition_of_somebody_else_refuses_the_call(whose: Resource) -> None:
    """As any record about somebody else does."""
    chart = HISTORY.with_(visit_about(contained=[problem(subject=whose)]))

    response = await answer_to(call_of(chart.prefetch()))

    assert (response.status_code, error_code(response)) == (412, "wrong-patient")
    with pytest.raises(WrongPatient):
        _facts(chart.resources)
    assert topics(await answer_for(HISTORY.with_(visit_about(contained=[problem(subject=OWN)])))) == {"brain": "info"}


def _facts(resources: tuple[Resource, ...]) -> Any:  # noqa: ANN401 - whatever it is, it is not had
    return read_facts(chart_of([json.dumps(each).encode() for each in resources], "p1", DAY).pool)


async def test_a_condition_with_a_key_twice_is_no_reason() -> None:
    """Two readers could see two complaints; the visit does not make it evidence."""
    body = json.dumps(call_of(HISTORY.with_(problem(), visit_about("Condition/c")).prefetch()))
    twice = '"onsetDateTime": "2026-05-01", "onsetDateTime": "2026-05-02"'
    doubled = body.replace('"recordedDate": "2025-11-01"', twice)

    answer = (await answer_to(doubled.encode())).json()

    assert topics(answer) == {"incomplete": "info"}
    assert {"source": "Encounter/r3", "reason": "duplicate-key"} in trace(answer)["notAssessable"]
