"""Conditions of every category are evidence, and what is no Condition never is."""

import pytest

from tests.builders import ICD, Resource, a_patient, answer_for, concept, condition, topics

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
HL7 = "http://terminology.hl7.org/CodeSystem/condition-category"
US_CORE = "http://hl7.org/fhir/us/core/CodeSystem/condition-category"
ACTIVE = concept("active", "http://terminology.hl7.org/CodeSystem/condition-clinical")
CATEGORIES = [
    concept("problem-list-item", HL7),
    concept("encounter-diagnosis", HL7),
    concept("health-concern", US_CORE),
    concept("health-concern", HL7),
    concept("problem-list-item", US_CORE),
    concept("encounter-diagnosis", US_CORE),
    {"coding": [{"system": "urn:local", "code": "7"}, {"system": HL7, "code": "encounter-diagnosis"}]},
    {"text": "Problem"},
]


@pytest.mark.parametrize("status", [{}, {"clinicalStatus": ACTIVE}])
@pytest.mark.parametrize("category", CATEGORIES)
async def test_a_condition_counts_whatever_its_category(category: Resource, status: Resource) -> None:
    """Problems, diagnoses of a visit, health concerns; by the code systems of HL7 and of US Core."""
    assert topics(await answer_for(HISTORY.with_(condition("N63.21", category=[category], **status)))) == {
        "local": "warning"
    }


@pytest.mark.parametrize("category", CATEGORIES)
async def test_an_active_problem_or_concern_goes_on_and_the_diagnosis_of_a_visit_does_not(category: Resource) -> None:
    """A cough of six weeks ago lasts when it stands on a list; as the diagnosis of one visit it was that day's."""
    of_a_visit = any(coding["code"] == "encounter-diagnosis" for coding in category.get("coding", ()))
    cough = condition("R05.9", "2026-05-04", category=[category], clinicalStatus=ACTIVE)

    assert topics(await answer_for(HISTORY.with_(cough))) == ({} if of_a_visit else {"lung": "info"})


async def test_a_code_in_an_element_that_a_condition_has_not_is_none() -> None:
    """It is kept at a glance, and the reader finds no code."""
    odd = {"resourceType": "Condition", "recordedDate": "2026-06-10", "valueCodeableConcept": concept("N63.21")}

    assert topics(await answer_for(HISTORY.with_(odd))) == {}


@pytest.mark.parametrize("code", ["N63.21", "C50.412", "C79.31"])
async def test_an_allergy_changes_nothing(code: str) -> None:
    """It is no finding and no history, also where a server sends it among the conditions."""
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p1"}}
    allergy |= {"code": concept(code, ICD), "clinicalStatus": ACTIVE, "recordedDate": "2026-06-10"}

    for chart in (HISTORY, HISTORY.with_lump(), a_patient().with_lump()):
        conditions = [{"resource": each} for each in (allergy, *chart.of_type("Condition"))]
        beside = await answer_for(chart, conditions={"resourceType": "Bundle", "entry": conditions})
        assert beside == await answer_for(chart)
