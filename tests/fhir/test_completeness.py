"""What a server withheld or left out is said, in every type of resource."""

from typing import Any

import pytest

from tests.builders import SNOMED, a_patient, answer_for, concept, observation, searchset, topics, trace

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
LABEL = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"


def labelled(code: str, element: str = "security") -> dict[str, Any]:
    """A resource's meta with one label."""
    return {"meta": {element: [{"system": LABEL, "code": code}]}}


def reasons(answer: dict[str, Any]) -> set[str]:
    """Why something could not be assessed."""
    return {item["reason"] for item in trace(answer).get("notAssessable", [])}


LUMP = observation("89164003", system=SNOMED)
SEIZURE = {"resourceType": "Condition", "code": concept("R56.9"), "recordedDate": "2026-06-10"}
VISIT = {
    "resourceType": "Encounter",
    "status": "finished",
    "class": {"code": "AMB"},
    "period": {"start": "2026-06-10"},
    "reasonCode": [concept("25064002", SNOMED)],
}


@pytest.mark.parametrize("resource", [LUMP, SEIZURE, VISIT])
@pytest.mark.parametrize(
    "label, reason",
    [
        (labelled("SUBSETTED", "tag"), "subsetted"),
        (labelled("SUBSETTED"), "subsetted"),
        (labelled("REDACTED"), "redacted"),
        (labelled("MASKED"), "redacted"),
    ],
)
async def test_a_labelled_resource_is_said(resource: dict[str, Any], label: dict[str, Any], reason: str) -> None:
    """What is missing is unknown."""
    answer = await answer_for(HISTORY.with_(resource | label))

    assert reason in reasons(answer)


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition", "recordedDate": "2026-06-10", **labelled("REDACTED")},
        {"resourceType": "Observation", "status": "final", **labelled("SUBSETTED", "tag")},
        {"resourceType": "Procedure", "status": "completed", "code": concept("MSK", "http://x/NullFlavor")},
    ],
)
async def test_a_resource_without_its_code_is_said(resource: dict[str, Any]) -> None:
    """It could be anything."""
    assert reasons(await answer_for(HISTORY.with_(resource))) & {"redacted", "subsetted"}


@pytest.mark.parametrize("key, kind", [("conditions", "Condition"), ("observations", "Observation")])
async def test_a_labelled_bundle_came_in_part(key: str, kind: str) -> None:
    """All of it."""
    chart = HISTORY.with_lump()
    page = chart.prefetch()[key] | labelled("REDACTED")

    answer = await answer_for(chart, **{key: page})

    assert (topics(answer)["local"], reasons(answer)) == ("warning", {"redacted"})
    assert {item["source"] for item in trace(answer)["notAssessable"]} == {kind}


MODIFIER = [{"url": "http://x/notDone", "valueBoolean": True}]


@pytest.mark.parametrize(
    "resource",
    [
        observation("10187-3", component=[{"code": concept("89164003", SNOMED), "modifierExtension": MODIFIER}]),
        observation("89164003", system=SNOMED, referenceRange=[{"modifierExtension": MODIFIER}]),
        SEIZURE | {"stage": [{"modifierExtension": MODIFIER}]},
        VISIT | {"diagnosis": [{"modifierExtension": MODIFIER}]},
    ],
)
async def test_a_nested_modifier_counts(resource: dict[str, Any]) -> None:
    """Wherever it is."""
    answer = await answer_for(HISTORY.with_(resource))

    assert set(topics(answer)) <= {"incomplete"}
    assert reasons(answer) == {"modifier"}


CALCIUM = {
    "resourceType": "Observation",
    "id": "ca",
    "status": "final",
    "code": concept("17861-6", "http://loinc.org"),
    "valueQuantity": {"value": 14.6, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"},
}


def report(**more: object) -> dict[str, Any]:
    """A report of a panel that no rule lists."""
    dated = {"status": "final", "effectiveDateTime": "2026-06-02"}
    return {"resourceType": "DiagnosticReport", "code": concept("24323-8", "http://loinc.org"), **dated, **more}


@pytest.mark.parametrize(
    "found, cards",
    [
        (report(contained=[CALCIUM], result=[{"reference": "#ca"}]), {"bone": "critical"}),
        (report(contained=[CALCIUM]), {"bone": "critical"}),
        (report(contained=[CALCIUM | {"valueQuantity": {"value": 9.4, "unit": "mg/dL"}}]), {}),
        (report(contained=[CALCIUM], status="entered-in-error"), {}),
        (report(contained=[CALCIUM | {"status": "cancelled"}]), {}),
        (report(contained=[LUMP | {"id": "l"}]), {"local": "warning"}),
    ],
)
async def test_results_within_a_report_are_read(found: dict[str, Any], cards: dict[str, str]) -> None:
    """With status and date of the report where they have none."""
    assert topics(await answer_for(HISTORY.with_(found))) == cards


async def test_the_conclusion_of_a_report_is_said() -> None:
    """It may be a question or a diagnosis."""
    answer = await answer_for(HISTORY.with_(report(conclusionCode=[concept("89164003", SNOMED)])))

    assert topics(answer) == {"incomplete": "info"}
    assert reasons(answer) == {"conclusion"}
    assert reasons(await answer_for(HISTORY.with_(report(conclusionCode=[concept("Z00.0")])))) == set()


@pytest.mark.parametrize(
    "issue, reason",
    [
        ({"severity": "warning", "code": "incomplete"}, "incomplete"),
        ({"severity": "error", "code": "too-costly"}, "incomplete"),
        ({"severity": "information", "code": "suppressed"}, "suppressed"),
        ({"severity": "warning", "code": "processing", "details": {"coding": [{"code": "4119"}]}}, "not-entire"),
        ({"severity": "warning", "code": "not-supported"}, None),
        ({"severity": "information", "code": "informational"}, None),
    ],
)
@pytest.mark.parametrize("key", ["conditions", "observations", "procedures", "diagnosticReports"])
async def test_a_remark_of_the_server_is_said(issue: dict[str, Any], reason: str | None, key: str) -> None:
    """In every source."""
    chart = HISTORY.with_lump()
    page = chart.prefetch()[key] or searchset([])
    remark = {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}}

    answer = await answer_for(chart, **{key: page | {"entry": [*page.get("entry", []), remark]}})

    assert topics(answer)["local"] == "warning"
    assert reasons(answer) == ({reason} if reason else set())
