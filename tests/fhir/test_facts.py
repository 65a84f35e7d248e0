"""Every form in which real systems write a finding: found all the same."""

import pytest
from msgspec import Raw

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.pages.page import Entry, Page
from cds_service.fhir.reading.facts import read_candidate
from rules.facts import UnreadableRecord
from tests.builders import (
    ICD,
    LOINC,
    SNOMED,
    Chart,
    Resource,
    a_patient,
    answer_for,
    concept,
    condition,
    observation,
    topics,
    trace,
    weight,
)

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
HOSPICE = concept("385763009", SNOMED)
CHEMOTHERAPY = concept("367336001", SNOMED)
ULTRASOUND = concept("24601-7", LOINC)
PACLITAXEL = concept("56946", "urn:oid:2.16.840.1.113883.6.88")
JUNE = {"period": {"start": "2026-06-01"}}
NO_MEDICATION = {"medicationReference": {"reference": "Medication/none"}}
OID_ICD, OID_SNOMED = "urn:oid:2.16.840.1.113883.6.90", "urn:oid:2.16.840.1.113883.6.96"


def an(kind: str) -> Resource:
    """The beginning of a resource."""
    return {"resourceType": kind}


@pytest.mark.parametrize(
    "record",
    [
        condition("N63.21"),
        condition("N6321"),
        condition("N63.21", system=OID_ICD),
        condition("89164003", system=OID_SNOMED),
        condition("N63.21", None, onsetDateTime="2026-06-01"),
        condition("N63.21", None, onsetPeriod={"start": "2026-06-01"}),
        condition("N63.21", None, onsetPeriod={"end": "2026-06-01"}),
        condition("N63.21", "2026-06-01T23:30:00-05:00"),
        condition("N63.21", "2026-06-16"),
        condition("N63.21", abatementPeriod={"end": "2027-01-01"}),
        condition("N63.21", category=[{"coding": [{"system": "http://x", "code": "encounter-diagnosis"}]}]),
        {
            "resourceType": "Condition",
            "recordedDate": "2026-06-02",
            "code": {
                "coding": [
                    {"system": "urn:local", "code": "1"},
                    {"system": ICD, "code": "N63.21"},
                    {"code": "x"},
                    {"system": ICD},
                ]
            },
        },
        observation("89164003", system=SNOMED),
        observation("89164003", system=SNOMED, valueBoolean=True),
        observation("89164003", system=SNOMED, valueString="yes, 2 cm"),
        observation("89164003", system=SNOMED, valueCodeableConcept=concept("373066001", SNOMED)),
        observation("89164003", None, system=SNOMED, effectivePeriod={"end": "2026-06-01"}),
        observation("89164003", None, system=SNOMED, effectivePeriod={"start": "2026-06-01"}),
        observation("89164003", None, system=SNOMED, effectiveInstant="2026-06-01T10:00:00Z"),
        observation("89164003", None, system=SNOMED, issued="2026-06-01T10:00:00Z"),
        observation("75325-1", valueCodeableConcept=concept("89164003", SNOMED)),
        observation("local-7", system="urn:local", valueCodeableConcept=concept("89164003", SNOMED)),
        observation(
            "local-8", system="urn:local", component=[{"code": concept("89164003", SNOMED), "valueBoolean": True}]
        ),
    ],
)
async def test_a_lump_is_found_however_it_is_written(record: Resource) -> None:
    """OIDs, missing dots, periods, components, generic symptom observations, several codings."""
    assert topics(await answer_for(HISTORY.with_(record))) == {"local": "warning"}


@pytest.mark.parametrize(
    "record",
    [
        {"resourceType": "Condition", "recordedDate": "2026-06-02", "code": {"text": "breast lump"}},
        condition("N63.21", "2026-06-17"),
        condition("N63.21", abatementDateTime="2026-06-10"),
        condition("N63.21", abatementString="gone"),
        condition("N63.21", clinicalStatus=concept("resolved", "c")),
        observation("89164003", system=SNOMED, valueBoolean=False),
        observation("89164003", system=SNOMED, valueString="none felt"),
        observation("89164003", system=SNOMED, valueInteger=0),
        observation("89164003", system=SNOMED, valueQuantity={"value": 0, "unit": "{score}"}),
        observation("89164003", system=SNOMED, valueCodeableConcept=concept("373067005", SNOMED)),
        observation("89164003", system=SNOMED, valueCodeableConcept={"text": "absent"}),
        observation("89164003", system=SNOMED, valueCodeableConcept=concept("LA32-8", LOINC)),
        observation("89164003", system=SNOMED, interpretation=[concept("NEG", "i")]),
        observation("75325-1", valueCodeableConcept={"text": "breast lump"}),
        observation("89164003", system="urn:local"),
        {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p1"}, "code": concept("N63.21")},
    ],
)
async def test_what_says_no_or_nothing_gives_no_card(record: Resource) -> None:
    """Text without a code, the future, what is over, what is denied."""
    assert topics(await answer_for(HISTORY.with_(record))) == {}


def _headache(**medication: object) -> Chart:
    request = {"resourceType": "MedicationRequest", "status": "active", "authoredOn": "2026-06-01", **medication}
    return HISTORY.with_(condition("R51.9", severity=concept("24484000", SNOMED)), request)


@pytest.mark.parametrize(
    "medication, extra",
    [
        ({"medicationCodeableConcept": PACLITAXEL}, ()),
        (
            {
                "contained": [
                    {
                        "resourceType": "Medication",
                        "id": "m",
                        "code": PACLITAXEL,
                    }
                ],
                "medicationReference": {"reference": "#m"},
            },
            (),
        ),
        (
            {"medicationReference": {"reference": "Medication/m1"}},
            ({"resourceType": "Medication", "id": "m1", "code": PACLITAXEL},),
        ),
    ],
)
async def test_chemotherapy_is_found_wherever_its_code_stands(
    medication: Resource, extra: tuple[Resource, ...]
) -> None:
    """In the request, contained in it, or in a Medication of the chart."""
    chart = _headache(**medication)
    requests = {
        "resourceType": "Bundle",
        "entry": [{"resource": r} for r in (*extra, *chart.of_type("MedicationRequest"))],
    }

    assert trace(await answer_for(chart, medicationRequests=requests))["state"] == "active-primary-treatment"


async def test_a_medication_that_is_not_to_be_given_is_none() -> None:
    """`doNotPerform` turns a request into its opposite."""
    chart = _headache(medicationCodeableConcept=PACLITAXEL, doNotPerform=True)

    assert trace(await answer_for(chart))["state"] == "treated"


@pytest.mark.parametrize(
    "resource, state",
    [
        (
            {
                "resourceType": "Encounter",
                "status": "in-progress",
                "type": [HOSPICE],
                **JUNE,
            },
            "suppressed",
        ),
        (
            {
                "resourceType": "Encounter",
                "status": "in-progress",
                "class": {"system": SNOMED, "code": "385763009"},
                **JUNE,
            },
            "suppressed",
        ),
        (
            {
                "resourceType": "CarePlan",
                "status": "active",
                "category": [HOSPICE],
                **JUNE,
            },
            "suppressed",
        ),
        (
            {
                "resourceType": "CarePlan",
                "status": "active",
                "activity": [{"detail": {"code": HOSPICE}}],
                "created": "2026-06-01",
            },
            "suppressed",
        ),
        (
            {
                "resourceType": "CarePlan",
                "status": "completed",
                "category": [HOSPICE],
                **JUNE,
            },
            "treated",
        ),
        (
            {
                "resourceType": "Encounter",
                "status": "planned",
                "type": [HOSPICE],
                **JUNE,
            },
            "treated",
        ),
        (
            {
                "resourceType": "Procedure",
                "status": "in-progress",
                "code": CHEMOTHERAPY,
                "performedPeriod": {"start": "2026-01-01"},
            },
            "active-primary-treatment",
        ),
        (
            {
                "resourceType": "Procedure",
                "status": "completed",
                "code": CHEMOTHERAPY,
                "performedPeriod": {"start": "2026-01-01", "end": "2026-02-01"},
            },
            "treated",
        ),
    ],
)
async def test_care_is_read_from_every_resource_that_tells_of_it(resource: Resource, state: str) -> None:
    """Encounters by type and class, care plans by category and activity, procedures by their period."""
    answer = await answer_for(HISTORY.with_lump().with_(resource))

    assert trace(answer)["state"] == state


@pytest.mark.parametrize(
    "resource",
    [
        {
            "resourceType": "DiagnosticReport",
            "status": "final",
            "code": ULTRASOUND,
            "effectiveDateTime": "2026-06-05",
        },
        {
            "resourceType": "ImagingStudy",
            "status": "available",
            "procedureCode": [ULTRASOUND],
            "started": "2026-06-05T10:00:00Z",
        },
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "code": ULTRASOUND,
            "authoredOn": "2026-06-05",
        },
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": concept("47079000", SNOMED),
            "performedDateTime": "2026-06-05",
        },
    ],
)
async def test_a_test_that_was_done_is_not_proposed_again(resource: Resource) -> None:
    """Orders, procedures, reports and imaging studies."""
    answer = await answer_for(HISTORY.with_lump().with_(resource))

    (card,) = answer["cards"]
    assert [suggestion["label"] for suggestion in card["suggestions"]] == ["Diagnostic mammography"]
    assert "**Already ordered or done:** Ultrasound of the breast (2026-06-05)." in card["detail"]


@pytest.mark.parametrize(
    "resource",
    [
        {**an("Encounter"), "status": "finished", "type": {"text": "not a list"}},
        {**an("CarePlan"), "status": "active", "category": "hospice"},
        {**an("ImagingStudy"), "status": "available", "procedureCode": "x"},
        {"resourceType": "Immunization", "status": "completed", "occurrenceString": "last year"},
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "medicationReference": {"reference": "Medication/none"},
        },
    ],
)
async def test_an_odd_resource_of_context_hurts_nobody(resource: Resource) -> None:
    """It holds no code of the knowledge, or none that can be read."""
    assert topics(await answer_for(HISTORY.with_lump().with_(resource)))["local"] == "warning"


async def test_a_height_makes_a_weight_implausible() -> None:
    """In centimetres, metres or inches; 40 kg at 2.1 m is a body mass index of 9."""
    tall = observation("8302-2", "2020-01-01", valueQuantity={"value": 210, "unit": "cm"})
    weights = (weight(75, "2025-12-01"), weight(40, "2026-04-10"), weight(40, "2026-06-10"))

    assert topics(await answer_for(HISTORY.with_(*weights))) == {"liver": "warning"}
    assert topics(await answer_for(HISTORY.with_(tall, *weights))) == {}


async def test_a_vital_sign_in_a_panel_counts() -> None:
    """Systolic pressure stands in a component of the blood pressure."""
    panel = observation(
        "85354-9",
        "2026-06-14",
        component=[{"code": concept("8480-6", LOINC), "valueQuantity": {"value": 80, "unit": "mm[Hg]"}}],
    )

    assert topics(await answer_for(HISTORY.with_(condition("R04.2", "2026-06-14"), panel))) == {"lung": "critical"}


async def test_a_range_counts_for_whom_it_is_meant() -> None:
    """Of two ranges the one for women."""
    high = [
        {"high": {"value": 500, "unit": "U/L"}, "appliesTo": [{"text": "Male"}]},
        {"high": {"value": "x"}},
        {"high": {"value": 35, "unit": "U/L"}, "appliesTo": [{"text": "Female"}], "age": {"low": {"value": 18}}},
    ]
    alt = observation("1742-6", "2026-06-01", valueQuantity={"value": 130, "unit": "U/L"}, referenceRange=high)

    answer = await answer_for(HISTORY.with_(alt))

    assert "ALT 130 U/L (3.7 \N{MULTIPLICATION SIGN} upper limit 35)" in answer["cards"][0]["detail"]


@pytest.mark.parametrize("reference", ["Patient/p1", "Patient/p1/_history/2", "Patient/p2 and more"])
async def test_a_focus_on_the_patient_is_no_focus_on_another(reference: str) -> None:
    """Among others too; on somebody or something else it is not the patient's finding."""
    focus = [{"reference": reference}, {"reference": "Device/1"}]
    answer = await answer_for(HISTORY.with_(observation("25064002", system=SNOMED, focus=focus)))

    assert topics(answer) == ({"brain": "info"} if "p1" in reference else {})
    assert "notAssessable" not in trace(answer)


async def test_an_empty_focus_is_none() -> None:
    """The subject is then what it is about."""
    assert topics(await answer_for(HISTORY.with_(observation("25064002", system=SNOMED, focus=[])))) == {
        "brain": "info"
    }


def test_a_resource_that_no_reader_follows_may_speak_of_anything() -> None:
    """Cut off, or deeper than any chart: never read as nothing."""
    head = b'{"resourceType": "Condition", "extension": '
    for text in (head, head + b"[" * 100_000 + b"]" * 100_000 + b"}", b"[]"):
        candidate = Candidate("Condition", "c", Page(_entries=(Entry(Raw(text)),)), 0)

        (found,) = read_candidate(candidate, EvidenceCandidates("p1"))

        assert isinstance(found, UnreadableRecord)
        assert (found.reference, found.reason) == ("Condition/c", "not-json")
        assert {"breast_lump", "headache", "bc_invasive"} <= found.concepts


async def test_the_dead_get_no_card() -> None:
    """A date of death, or the word."""
    for death in ({"deceasedBoolean": True}, {"deceasedDateTime": "2026-06-01"}):
        answer = await answer_for(a_patient(**death).with_history().with_lump())

        assert topics(answer) == {}
        assert trace(answer)["state"] == "suppressed"
