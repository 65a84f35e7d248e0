"""Resources of another FHIR release: never read as if they were R4, never left out in silence."""

import pytest

from cds_service.fhir.elements.releases import other_release
from tests.builders import (
    EXTENSION,
    SNOMED,
    Resource,
    a_patient,
    answer_for,
    answer_to,
    call_of,
    concept,
    condition,
    observation,
    outcome_of,
    topics,
    trace,
    weight,
)

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()
HEADACHE = "R51.9"
VISIT = {"reference": "Encounter/1"}
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
MAMMOGRAM = concept("241055006", SNOMED)
DAY = {"start": "2026-06-10"}
PACLITAXEL = concept("56946", RXNORM)


def _of(kind: str, **more: object) -> Resource:
    return {"resourceType": kind, "status": "completed", **more}


def _reasons(answer: Resource) -> set[tuple[str, str]]:
    return {(item["source"], item["reason"]) for item in trace(answer).get("notAssessable", ())}


@pytest.mark.parametrize(
    "finding",
    [
        condition(HEADACHE, None, assertedDate="2026-06-10"),
        condition(HEADACHE, None, dateRecorded="2026-06-10"),
        condition(HEADACHE, context=VISIT),
        condition(HEADACHE, clinicalStatus="active"),
        condition(HEADACHE, verificationStatus="confirmed"),
        observation("25064002", system=SNOMED, valueBoolean=True, context=VISIT),
        observation("25064002", system=SNOMED, valueBoolean=True, related=[{"type": "has-member"}]),
        observation("25064002", system=SNOMED, valueBoolean=True, comment="none"),
        observation("25064002", system=SNOMED, valueBoolean=True, comments="none"),
        _of("Encounter", status="finished", period=DAY, reason=[concept(HEADACHE)]),
        _of("Encounter", status="finished", period=DAY, indication=[], reasonCode=[concept(HEADACHE)]),
    ],
)
async def test_a_finding_of_another_release_is_said_and_not_read(finding: Resource) -> None:
    """The lump beside it is shown; whether there was a headache can't be told."""
    answer = await answer_for(LUMP.with_(finding))

    assert topics(answer) == {"local": "warning", "incomplete": "info"}
    assert outcome_of(answer, "brain") == "cannot-tell"
    assert _reasons(answer) == {(f"{finding['resourceType']}/r3", "stu3")}
    assert "came in an older form of FHIR" in answer["cards"][1]["detail"]


@pytest.mark.parametrize("element", ["context", "related", "comment", "comments"])
async def test_a_plain_measurement_of_another_release_is_not_read_quickly(element: str) -> None:
    """The quick reader leaves it to the one that looks."""
    loss = (weight(75, "2025-12-01"), weight(68, "2026-06-10") | {element: "x"})

    answer = await answer_for(LUMP.with_(*loss))

    assert outcome_of(answer, "liver") == "cannot-tell"
    assert ("Observation/r4", "stu3") in _reasons(answer)


@pytest.mark.parametrize(
    "older",
    [{"clinicalStatus": "remission"}, {"assertedDate": "2019-03-10"}, {"verificationStatus": "confirmed"}],
)
async def test_a_cancer_of_another_release_is_a_cancer(older: Resource) -> None:
    """What came after it is shown, and the trace says what was odd."""
    chart = a_patient().with_(condition("C50.412", "2019-03-10", **older)).with_lump()

    answer = await answer_for(chart)

    assert topics(answer) == {"local": "warning"}
    assert _reasons(answer) == {("Condition/r1", "stu3")}


async def test_a_refuted_cancer_of_another_release_is_none() -> None:
    """The word is the same in every release."""
    chart = a_patient().with_(condition("C50.412", "2019-03-10", verificationStatus="refuted")).with_lump()

    assert trace(await answer_for(chart))["state"] == "none"


@pytest.mark.parametrize(
    "care",
    [
        _of("Procedure", code=MAMMOGRAM, performedDateTime="2026-06-05", notDone=True),
        _of("Procedure", code=MAMMOGRAM, performedDateTime="2026-06-05", context=VISIT),
        _of("DiagnosticReport", status="final", code=MAMMOGRAM, effectiveDateTime="2026-06-05", context=VISIT),
        _of("ImagingStudy", status="available", procedureCode=[MAMMOGRAM], started="2026-06-05", uid="urn:oid:1"),
    ],
)
async def test_what_was_not_done_is_not_taken_for_done(care: Resource) -> None:
    """STU3 says so in an element that R4 does not have."""
    plain = {name: value for name, value in care.items() if name not in ("notDone", "context", "uid")}

    older, done = await answer_for(LUMP.with_(care)), await answer_for(LUMP.with_(plain))

    assert "Diagnostic mammography" in _ordered(older)
    assert "Diagnostic mammography" not in _ordered(done)
    assert (f"{care['resourceType']}/r3", "stu3") in _reasons(older)


def _ordered(answer: Resource) -> set[str]:
    return {suggestion["label"] for card in answer["cards"] for suggestion in card.get("suggestions", ())}


async def test_a_type_that_r4_has_no_more_makes_its_successor_unknown() -> None:
    """An order may be among them: the card says that orders were not checked."""
    sent = {"resourceType": "ProcedureRequest", "id": "x", "subject": {"reference": "Patient/p1"}}

    answer = await answer_for(LUMP, serviceRequests={"resourceType": "Bundle", "entry": [{"resource": sent}]})

    assert ("ServiceRequest", "stu3") in _reasons(answer)
    assert "**Not checked:** orders (came in an older form of FHIR)" in answer["cards"][0]["detail"]


async def test_a_request_in_a_later_release_makes_medications_unknown() -> None:
    """Its drug stands where R4 has nothing."""
    later = _of("MedicationRequest", status="active", medication={"concept": PACLITAXEL})

    answer = await answer_for(LUMP.with_(later))

    assert ("MedicationRequest", "not-r4") in _reasons(answer)
    assert "**Not checked:** medications (no FHIR R4)" in answer["cards"][0]["detail"]


async def test_an_older_request_is_said_where_its_drug_is_known() -> None:
    """It is neither a treatment nor an explanation."""
    older = _of("MedicationRequest", status="active", medicationCodeableConcept=PACLITAXEL, context=VISIT)

    assert ("MedicationRequest/r3", "stu3") in _reasons(await answer_for(LUMP.with_(older)))


async def test_a_vaccination_that_was_not_given_explains_no_node() -> None:
    """Neither as STU3 says it nor as DSTU2 does."""
    node = a_patient().with_history().with_(condition("R59.0", "2026-06-10"))
    for word in ("notGiven", "wasNotGiven"):
        answer = await answer_for(node.with_(_of("Immunization", date="2026-06-01", **{word: True})))

        assert "vaccination" not in answer["cards"][0]["detail"].partition("**Not checked")[0]
        assert ("Immunization/r3", "stu3") in _reasons(answer)


async def test_a_patient_of_another_release_is_unknown() -> None:
    """A 412, or a card for a client that asks for one."""
    body = call_of(LUMP.prefetch(patient=a_patient(animal={"species": concept("canislf", "x")}).resources[0]))

    refused, shown = await answer_to(body), await answer_to(body, on_missing="card")

    assert refused.status_code == 412
    assert _reasons(shown.json()) == {("Patient", "stu3")}
    assert topics(shown.json()) == {"incomplete": "info"}


async def test_a_contained_member_of_another_release_is_not_read() -> None:
    """As little as one that stands by itself."""
    member = observation("25064002", system=SNOMED, valueBoolean=True, id="m", context=VISIT)
    panel = observation("55757-9", contained=[member], hasMember=[{"reference": "#m"}])

    answer = await answer_for(LUMP.with_(panel))

    assert "brain" not in topics(answer)
    assert "stu3" in {reason for _, reason in _reasons(answer)}


@pytest.mark.parametrize(
    "resource",
    [
        condition(HEADACHE, clinicalStatus=concept("active", "x"), encounter=VISIT),
        observation("25064002", system=SNOMED, valueCodeableConcept=concept("52101004", SNOMED)),
        _of("MedicationRequest", medicationCodeableConcept=PACLITAXEL),
        _of("Encounter", reasonCode=[concept(HEADACHE)]),
        {"resourceType": "Medication", "definition": "x"},
        {"resourceType": 5, "context": VISIT},
        {"context": VISIT},
    ],
)
def test_r4_is_taken_for_r4(resource: Resource) -> None:
    """And what is no resource that is read is nobody's release."""
    assert other_release(resource) is None


async def test_a_history_in_the_trace_of_a_card_is_that_of_any_release() -> None:
    """No card rests on a finding of another one."""
    answer = await answer_for(LUMP.with_(condition("N63.21", clinicalStatus="active")))

    assert answer["cards"][0]["extension"][EXTENSION]["evidence"] == ["Condition/r2"]
