"""The answer of an Observation's value, flags and extensions, and the findings that it makes."""

import json
from typing import Any

import pytest

from cds_service.fhir.elements.elements import decode, known_codes
from cds_service.fhir.elements.values import value_of
from cds_service.fhir.elements.vocabulary import STANDARD
from cds_service.fhir.reading.observed_value import about_others, answer_of, has_relative, own_answer
from rules.evidence.answer import Answer
from tests.builders import LOINC, SNOMED, Resource, a_patient, answer_for, concept, observation, topics

HEADACHE = "25064002"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
REASON = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
NO_SNOMED, YES_SNOMED, LEFT = concept("373067005", SNOMED), concept("373066001", SNOMED), concept("7771000", SNOMED)
YES, NO, SILENT, UNCLEAR = Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.UNCLEAR
AUNT = {"code": concept("54136-7", LOINC), "valueString": "aunt"}


def _flag(code: str, display: str | None = None) -> list[Resource]:
    coding = {"system": INTERPRETATION, "code": code, **({"display": display} if display else {})}
    return [{"coding": [coding]}]


def _local(**coding: str) -> Resource:
    return {"coding": [{"system": "urn:local", **coding}]}


def _read(holder: Resource) -> tuple[Any, frozenset[str]]:
    """A holder as it is decoded, and the concepts of its coded value."""
    found = decode(json.dumps(holder).encode())
    assert isinstance(found, dict)
    return found, known_codes(STANDARD, found.get("valueCodeableConcept"))[1]


CASES = [
    pytest.param({}, None, id="no-value"),
    pytest.param({"dataAbsentReason": concept("unknown", ABSENT_REASON)}, None, id="reason-for-no-value"),
    pytest.param({"valueBoolean": True}, YES, id="true"),
    pytest.param({"valueBoolean": False}, NO, id="false"),
    pytest.param({"valueInteger": 4}, YES, id="rating"),
    pytest.param({"valueInteger": 0}, NO, id="rating-of-zero"),
    pytest.param({"valueInteger": -1}, UNCLEAR, id="rating-below-zero"),
    pytest.param({"valueQuantity": {"value": 0, "unit": "{score}"}}, NO, id="quantity-of-zero"),
    pytest.param({"valueQuantity": {"value": 0, "comparator": ">"}}, YES, id="more-than-zero"),
    pytest.param({"valueString": "two fingers, left"}, YES, id="text"),
    pytest.param({"valueString": "none"}, NO, id="text-that-denies"),
    pytest.param({"valueString": "not examined"}, SILENT, id="text-that-avoids"),
    pytest.param({"valueCodeableConcept": YES_SNOMED}, YES, id="coded-yes"),
    pytest.param({"valueCodeableConcept": NO_SNOMED}, NO, id="coded-no"),
    pytest.param({"valueCodeableConcept": concept("261665006", SNOMED)}, SILENT, id="coded-unknown"),
    pytest.param({"valueCodeableConcept": concept("ASKU", NULL_FLAVOR)}, SILENT, id="null-flavor"),
    pytest.param({"valueCodeableConcept": concept("other", ABSENT_REASON)}, SILENT, id="unlisted-absent-reason"),
    pytest.param({"valueCodeableConcept": {"coding": YES_SNOMED["coding"] + NO_SNOMED["coding"]}}, UNCLEAR, id="both"),
    pytest.param(
        {"valueCodeableConcept": {"coding": NO_SNOMED["coding"] + concept("UNK", NULL_FLAVOR)["coding"]}},
        UNCLEAR,
        id="no-beside-unknown",
    ),
    pytest.param({"valueCodeableConcept": LEFT}, YES, id="side"),
    pytest.param({"valueCodeableConcept": {"text": "denied"}}, NO, id="concept-of-words"),
    pytest.param({"valueCodeableConcept": {"text": "pressing"}}, YES, id="concept-of-other-words"),
    pytest.param({"valueCodeableConcept": _local(code="7", display="Present")}, YES, id="local-yes"),
    pytest.param({"valueCodeableConcept": _local(code="7", display="Absent")}, NO, id="local-no"),
    pytest.param({"valueCodeableConcept": _local(code="7", display="Unknown")}, SILENT, id="local-unknown"),
    pytest.param({"valueCodeableConcept": _local(code="7")}, UNCLEAR, id="local-without-words"),
    pytest.param({"valueCodeableConcept": _local(code="7", display="Tuesday")}, UNCLEAR, id="local-with-other-words"),
    pytest.param({"_valueBoolean": REASON}, SILENT, id="extension-of-a-boolean"),
    pytest.param({"_valueString": REASON}, SILENT, id="extension-of-a-text"),
    pytest.param({"valueCodeableConcept": REASON}, SILENT, id="extension-of-a-concept"),
    pytest.param({"valueQuantity": {**REASON, "unit": "{score}"}}, SILENT, id="extension-of-a-quantity"),
    pytest.param({"interpretation": _flag("POS")}, YES, id="positive-flag"),
    pytest.param({"interpretation": _flag("NEG")}, NO, id="negative-flag"),
    pytest.param({"interpretation": [{"text": "Negative"}]}, NO, id="flag-in-words"),
    pytest.param({"interpretation": _flag("N")}, UNCLEAR, id="normal-flag"),
    pytest.param({"interpretation": _flag("N", "Normal")}, UNCLEAR, id="normal-flag-with-display"),
    pytest.param({"valueBoolean": True, "interpretation": _flag("N", "Normal")}, YES, id="normal-beside-a-yes"),
    pytest.param({"valueBoolean": True, "interpretation": _flag("NEG")}, UNCLEAR, id="yes-against-a-flag"),
    pytest.param({"valueBoolean": False, "interpretation": _flag("NEG")}, NO, id="no-with-a-flag"),
    pytest.param({"valueBoolean": False, "interpretation": _flag("POS")}, UNCLEAR, id="no-against-a-flag"),
]


@pytest.mark.parametrize("holder, expected", CASES)
def test_a_value_answers_for_the_finding_of_its_code(holder: Resource, expected: Answer | None) -> None:
    """By value, words, flags and extensions; a contradiction is unclear."""
    found, valued = _read(holder)

    assert answer_of(found, value_of(found, STANDARD), valued) is expected


@pytest.mark.parametrize(
    "holder, expected",
    [
        pytest.param({}, None, id="nothing-beside"),
        pytest.param({"interpretation": _flag("NEG")}, NO, id="negative-flag"),
        pytest.param({"interpretation": _flag("ND", "Not detected")}, NO, id="not-detected"),
        pytest.param({"interpretation": _flag("POS")}, YES, id="positive-flag"),
        pytest.param({"interpretation": _flag("N", "Normal")}, None, id="normal-flag"),
        pytest.param({"interpretation": _flag("H")}, None, id="high"),
        pytest.param({"valueCodeableConcept": NO_SNOMED}, NO, id="coded-no"),
        pytest.param({"valueCodeableConcept": YES_SNOMED}, YES, id="coded-yes"),
        pytest.param({"valueCodeableConcept": NO_SNOMED, "interpretation": _flag("POS")}, UNCLEAR, id="contradiction"),
    ],
)
def test_a_finding_as_value_is_denied_by_what_is_beside_it(holder: Resource, expected: Answer | None) -> None:
    """A second coding of yes or no, or a flag."""
    found, valued = _read(holder)

    assert own_answer(found, valued | {"headache"}) is expected


@pytest.mark.parametrize(
    "code, is_listed, expected",
    [
        (concept("54116-9", LOINC), False, NO),
        (concept("53037-8", LOINC), True, NO),
        (concept("225338004", SNOMED), False, NO),
        ({**_local(code="1"), "text": "Mother: headache"}, False, SILENT),
        ({**_local(code="1", display="Genetic disease")}, False, SILENT),
        ({**concept(HEADACHE, SNOMED), "text": "Risk of headache"}, True, None),
        ({**_local(code="1"), "text": "Headache"}, False, None),
        (concept(HEADACHE, SNOMED), True, None),
        (None, False, None),
    ],
    ids=[
        "family",
        "gene",
        "risk",
        "relative-in-words",
        "gene-in-words",
        "listed",
        "symptom-in-words",
        "symptom",
        "none",
    ],
)
def test_a_question_about_others_is_no_by_code_and_unknown_by_words(
    code: Resource | None,
    is_listed: bool,  # noqa: FBT001
    expected: Answer | None,
) -> None:
    """Words around a listed code of the patient do not count."""
    assert about_others({"code": code}, is_listed=is_listed) is expected


@pytest.mark.parametrize(
    "component, expected",
    [
        ([AUNT], True),
        ([{"code": concept("72514-3", LOINC), "valueInteger": 3}, AUNT], True),
        ([{"code": concept("408732007", SNOMED)}], True),
        ([{"code": _local(code="1", display="Mother")}], False),
        ([{"code": concept("72514-3", LOINC)}], False),
        ([], False),
        (None, False),
    ],
    ids=["relative", "second", "context", "relative-in-words", "pain", "no-component", "none"],
)
def test_a_component_names_a_relative_by_its_code(component: list[Resource] | None, expected: bool) -> None:  # noqa: FBT001
    """Then the whole Observation is about that relative."""
    assert has_relative({"component": component}) is expected


@pytest.mark.anyio
@pytest.mark.parametrize(
    "holder",
    [
        {"valueBoolean": True},
        {"valueBoolean": True, "interpretation": _flag("N", "Normal")},
        {"valueString": "pressing"},
        {"valueCodeableConcept": YES_SNOMED},
        {"valueCodeableConcept": _local(code="7", display="Severe")},
        {"valueQuantity": {"value": 0, "comparator": ">"}},
        {"valueQuantity": {"value": 3, "comparator": ">", "code": "{score}"}},
        {"interpretation": _flag("POS")},
        {},
    ],
    ids=["true", "true-and-normal", "text", "code", "local-code", "above-zero", "above-three", "flag", "nothing"],
)
async def test_a_headache_with_a_yes_makes_a_card(holder: Resource) -> None:
    """Whichever way the chart says it."""
    answer = await answer_for(a_patient().with_history().with_(observation(HEADACHE, system=SNOMED, **holder)))

    assert topics(answer).get("brain") is not None


@pytest.mark.anyio
@pytest.mark.parametrize(
    "holder",
    [
        {"valueBoolean": False},
        {"valueString": "denied"},
        {"valueCodeableConcept": NO_SNOMED},
        {"valueCodeableConcept": _local(code="7", display="Not present")},
        {"valueInteger": 0},
        {"interpretation": _flag("ND", "Not detected")},
        {"valueBoolean": True, "component": [AUNT]},
    ],
    ids=["false", "text", "code", "local-code", "zero", "flag", "of-an-aunt"],
)
async def test_a_headache_with_a_no_makes_no_card(holder: Resource) -> None:
    """Nor is anything missing."""
    answer = await answer_for(a_patient().with_history().with_(observation(HEADACHE, system=SNOMED, **holder)))

    assert topics(answer) == {}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "holder",
    [
        {"valueCodeableConcept": _local(code="7", display="Tuesday")},
        {"valueCodeableConcept": {"coding": YES_SNOMED["coding"] + NO_SNOMED["coding"]}},
        {"valueCodeableConcept": concept("ASKU", NULL_FLAVOR)},
        {"valueBoolean": True, "interpretation": _flag("NEG")},
        {"interpretation": _flag("N")},
        {"_valueBoolean": REASON},
        {"valueString": "not examined"},
    ],
    ids=["other-words", "yes-and-no", "null-flavor", "contradicted", "normal", "extension", "not-examined"],
)
async def test_a_headache_with_an_unclear_answer_is_said(holder: Resource) -> None:
    """No card of a finding, and the record is named as not understood."""
    answer = await answer_for(a_patient().with_history().with_(observation(HEADACHE, system=SNOMED, **holder)))

    assert "brain" not in topics(answer)
    assert topics(answer), "the answer has to say that a record was not understood"
