"""The side of a statement, from whichever element says it."""

import json
from typing import Any

import pytest
from msgspec import Raw

from cds_service.fhir.elements.elements import known_codes
from cds_service.fhir.elements.sides import side_of, side_within
from cds_service.fhir.elements.vocabulary import STANDARD
from rules.facts import Kind, Record, Side
from tests.builders import DAY, ICD, LOINC, SNOMED, Chart, Resource, a_patient, concept, condition, observation
from tests.evaluating import CASES, facts_of
from tests.vignettes import resources

LUMP = "89164003"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"
MII = "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/CodeSystem/mii-cs-onko-seitenlokalisation"
BREAST, LEFT_BREAST, RIGHT_BREAST = (
    concept("76752008", SNOMED),
    concept("80248007", SNOMED),
    concept("73056007", SNOMED),
)
LEFT, RIGHT = concept("7771000", SNOMED), concept("24028007", SNOMED)
RIGHT_QUALIFIED: Resource = {**BREAST, "extension": [{"url": MCODE, "valueCodeableConcept": RIGHT}]}
OF_GERMANY = {
    "coding": [
        {
            "system": ICD,
            "code": "N63",
            "extension": [
                {
                    "url": "http://fhir.de/StructureDefinition/seitenlokalisation",
                    "valueCoding": {
                        "system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_SEITENLOKALISATION",
                        "code": "R",
                    },
                }
            ],
        }
    ]
}


def _read(*resources: Resource) -> list[Record]:
    chart: Chart = a_patient().with_history().with_(*resources)
    return [r for r in facts_of(list(chart.resources), DAY).records if "bc_invasive" not in r.concepts]


def _side(resource: Resource) -> Side | None:
    (record,) = _read(resource)
    return record.side


def _lump(**more: Any) -> Resource:  # noqa: ANN401 - elements of a resource
    return observation(LUMP, system=SNOMED, **more)


@pytest.mark.parametrize(
    "resource, side",
    [
        (condition("N63.21"), Side.LEFT),
        (condition("N63.21", bodySite=[RIGHT_BREAST]), Side.LEFT),
        (condition("N63.0", bodySite=[RIGHT_BREAST]), Side.RIGHT),
        (condition("N63.0", bodySite=[LEFT_BREAST, RIGHT_BREAST]), Side.BOTH),
        (condition("N63.0", bodySite=[RIGHT_QUALIFIED]), Side.RIGHT),
        (condition("N63.0", bodySite=[{"coding": [*LEFT_BREAST["coding"], *RIGHT_BREAST["coding"]]}]), None),
        ({**condition("N63.0"), "code": OF_GERMANY}, Side.RIGHT),
        (
            condition("N63.0", extension=[{"url": "x", "extension": [{"url": "y", "valueCoding": LEFT["coding"][0]}]}]),
            Side.LEFT,
        ),
        ({**condition("N63.0"), "code": {**concept("N63.0"), "text": "Knoten der linken Brust"}}, Side.LEFT),
        (condition("N63.0", bodySite=[{**RIGHT_BREAST, "text": "left breast"}]), Side.RIGHT),
        (condition("N63.0", bodySite=[{"coding": [{"display": "Left breast"}], "text": "right"}]), Side.LEFT),
        (condition("N63.0", note=[{"text": "left"}]), None),
        (_lump(bodySite=concept("R", MII)), Side.RIGHT),
        (_lump(bodySite=RIGHT_QUALIFIED), Side.RIGHT),
        (_lump(valueString="two fingers, left breast"), Side.LEFT),
        (_lump(valueCodeableConcept=LEFT), Side.LEFT),
        (_lump(component=[{"code": concept("272741003", SNOMED), "valueCodeableConcept": RIGHT}]), Side.RIGHT),
        (observation("75325-1", valueCodeableConcept=concept("N63.11")), Side.RIGHT),
        (observation("75325-1", component=[{"code": concept("N63.21"), "valueBoolean": True}]), Side.LEFT),
        (observation("29463-7", valueQuantity={"value": 70, "unit": "kg"}, bodySite=LEFT_BREAST), None),
    ],
)
def test_conditions_and_observations_say_their_side(resource: Resource, side: Side | None) -> None:
    """The code first, then the coded body site with its qualifier, displays, and text; a measurement has none."""
    assert _side(resource) is side


def _done(kind: Kind, code: Resource, **more: Any) -> Resource:  # noqa: ANN401 - elements of a resource
    return {"resourceType": kind.value, "status": "completed", "code": code, **more}


@pytest.mark.parametrize(
    "resource, side",
    [
        (_done(Kind.PROCEDURE, concept("47079000", SNOMED), bodySite=[LEFT_BREAST]), Side.LEFT),
        (_done(Kind.PROCEDURE, concept("428571003", SNOMED), bodySite=[RIGHT_BREAST]), Side.LEFT),
        (_done(Kind.SERVICE_REQUEST, concept("26348-3", LOINC)), Side.RIGHT),
        (_done(Kind.SERVICE_REQUEST, concept("24605-8", LOINC), bodySite=[RIGHT_QUALIFIED]), Side.RIGHT),
        (_done(Kind.SERVICE_REQUEST, {**concept("24605-8", LOINC), "text": "Mammo left"}), Side.LEFT),
        (_done(Kind.SERVICE_REQUEST, concept("24605-8", LOINC)), None),
        (_done(Kind.DIAGNOSTIC_REPORT, concept("26346-7", LOINC)), Side.BOTH),
        (_done(Kind.DIAGNOSTIC_REPORT, {**concept("24601-7", LOINC), "text": "Sono Mamma rechts"}), Side.RIGHT),
    ],
)
def test_what_was_done_or_ordered_says_its_side(resource: Resource, side: Side | None) -> None:
    """In every type that can answer a work-up."""
    assert _side(resource) is side


@pytest.mark.parametrize(
    "codes, series, side",
    [
        (["26347-5"], [], Side.LEFT),
        (["26347-5", "26348-3"], [], Side.BOTH),
        (["24605-8"], [{"laterality": RIGHT["coding"][0]}], Side.RIGHT),
        (["24605-8"], [{"laterality": RIGHT["coding"][0]}, {"laterality": LEFT["coding"][0]}], Side.BOTH),
        (["24605-8"], [{"bodySite": LEFT_BREAST["coding"][0]}], Side.LEFT),
        (["24605-8"], [{"bodySite": BREAST["coding"][0]}], None),
    ],
)
def test_an_imaging_study_says_its_side_by_procedure_or_series(
    codes: list[str], series: list[Resource], side: Side | None
) -> None:
    """The series count where the procedure names none."""
    study = {
        "resourceType": "ImagingStudy",
        "status": "available",
        "started": "2026-06-05",
        "procedureCode": [concept(code, LOINC) for code in codes],
        "series": series,
    }

    assert _side(study) is side


def test_the_reason_of_a_visit_says_its_side() -> None:
    """By its code or its text, and by the Condition that it refers to."""
    visit = {"resourceType": "Encounter", "status": "finished", "period": {"start": "2026-06-05"}}
    lump = {**concept(LUMP, SNOMED), "text": "Lump, right breast"}

    assert _side({**visit, "reasonCode": [lump]}) is Side.RIGHT
    assert _side({**visit, "reasonCode": [concept("N63.21")]}) is Side.LEFT
    inside = {**condition("N63.0", bodySite=[LEFT_BREAST]), "id": "c", "subject": {"reference": "Patient/p1"}}
    referred = {**visit, "contained": [inside], "reasonReference": [{"reference": "#c"}]}
    assert _side(referred) is Side.LEFT


def test_an_answer_says_its_side_by_the_choice_or_the_question() -> None:
    """As it was asked."""
    form = {"resourceType": "QuestionnaireResponse", "status": "completed", "authored": "2026-06-05"}
    chosen = {"linkId": "1", "answer": [{"valueCoding": {"system": ICD, "code": "N63.11"}}]}
    questions = {
        "resourceType": "Questionnaire",
        "id": "q",
        "item": [{"linkId": "2", "code": [{"system": SNOMED, "code": LUMP}]}],
    }
    asked = {"linkId": "2", "text": "Lump in the left breast?", "answer": [{"valueBoolean": True}]}

    assert _side({**form, "item": [chosen]}) is Side.RIGHT
    assert _side({**form, "questionnaire": "#q", "contained": [questions], "item": [asked]}) is Side.LEFT


def test_the_short_way_says_what_the_long_way_says() -> None:
    """Over every resource of the cases, and with each letter written as an escape."""
    lump = condition("N63.0") | {"code": {**concept("N63.0"), "text": "left"}}
    hidden = json.dumps(lump).replace("left", "\\u006ceft").encode()
    texts = [hidden, *(json.dumps(each).encode() for case in CASES.values() for each in resources(case))]
    sides = set()
    for raw in texts:
        resource = json.loads(raw)
        if isinstance(resource.get("code"), dict):
            codes, _ = known_codes(STANDARD, resource["code"])
            long = side_of(codes, resource, resource["code"])
            assert side_within(Raw(raw), codes, resource) is long
            sides.add(long)

    assert sides == {None, *Side}
