"""Input that is wrong, late or hostile: a clear 4xx, or a card or trace that says so, and nothing lost."""

import json
from typing import Any

import pytest

from tests.builders import (
    ICD,
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
HISTORY = a_patient().with_history()
LUMP = HISTORY.with_lump()
OTHER = {"reference": "Patient/somebody-else"}


@pytest.mark.parametrize(
    "record, reason",
    [
        (condition("R51.9", "2024-13-01"), "date"),
        (condition("R51.9", "0001-01-01"), "date"),
        (condition("R51.9", clinicalStatus="active"), "stu3"),
        (condition("R51.9", verificationStatus=concept("perhaps", "v")), "status"),
        (condition("R51.9", modifierExtension=[{"url": "http://x", "valueBoolean": True}]), "modifier"),
        (condition("R51.9", implicitRules="http://x"), "modifier"),
        (condition("R51.9", subject={"display": "Anna"}), "no-subject"),
        (observation("25064002", "yesterday", system=SNOMED), "date"),
        (observation("25064002", system=SNOMED, status="done"), "status"),
        (observation("25064002", system=SNOMED, status=None), "status"),
        (observation("25064002", system=SNOMED, valueQuantity={"value": "8"}), "value"),
        (observation("25064002", system=SNOMED, valueRange={"low": {"value": 1}}), "value"),
        (weight(-5, "2026-06-10"), "value"),
        (weight(0, "2026-06-10"), "value"),
        (weight(10**400, "2026-06-10"), "value"),
        (weight("68", "2026-06-10"), "value"),
        (observation("29463-7", valueQuantity="68 kg"), "value"),
        (weight(68, "06/10/2026"), "date"),
        (weight(68, "0001-01-01"), "date"),
        (weight(68, "2024-13-01"), "date"),
        (observation("1742-6", "06/10/2026", valueQuantity={"value": 130, "unit": "U/L"}), "date"),
        (observation("1742-6", valueQuantity={"value": 10**400, "unit": "U/L"}), "value"),
        (observation("25064002", system=SNOMED, focus=[{"display": "somebody"}]), "no-subject"),
        (condition("R51.9", verificationStatus="confirmed"), "stu3"),
        (condition("R51.9", subject={"identifier": {"value": "1"}}), "no-subject"),
        ({"resourceType": "Observation", "status": "final", "code": concept("29463-7"), "component": 5}, "not-r4"),
    ],
)
async def test_a_record_that_can_not_be_read_is_said_and_the_lump_beside_it_is_shown(
    record: Resource, reason: str
) -> None:
    """One bad resource hides no good one, and is never read as health."""
    answer = await answer_for(LUMP.with_(record))

    assert topics(answer) == {"local": "warning", "incomplete": "info"}
    assert reason in {item["reason"] for item in trace(answer)["notAssessable"]}


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition", "code": "headache"},
        {"resourceType": "Condition", "code": concept("R51.9"), "subject": "Patient/p1"},
        {"resourceType": "Observation", "code": [concept("R51.9")]},
        {"code": concept("R51.9"), "subject": {"reference": "Patient/p1"}},
        {"resourceType": "Bundle", "entry": [{"resource": condition("R51.9")}]},
        "no resource",
        [],
        None,
        5,
    ],
)
async def test_a_resource_that_is_no_fhir_is_said_and_the_rest_is_read(resource: object) -> None:
    """It may have been the one that matters."""
    bundle = {"resourceType": "Bundle", "type": "searchset"}
    entries = [*LUMP.of_type("Condition"), resource]
    answer = await answer_for(LUMP, conditions={**bundle, "entry": [{"resource": entry} for entry in entries]})

    assert topics(answer) == {"local": "warning", "incomplete": "info"}


@pytest.mark.parametrize("entry", [None, 5, "x", [], {"resource": {}}, {"fullUrl": 5, "resource": 5}])
async def test_an_entry_that_is_none_is_said_and_the_rest_is_read(entry: object) -> None:
    """One bad entry does not make its neighbours unreadable."""
    entries = [*({"resource": resource} for resource in LUMP.of_type("Condition")), entry]
    answer = await answer_for(LUMP, conditions={"resourceType": "Bundle", "entry": entries})

    assert topics(answer) == {"local": "warning", "incomplete": "info"}


@pytest.mark.parametrize("code, words", [("1742-6", "a laboratory value"), ("29463-7", "a body weight")])
async def test_a_measurement_written_as_text_is_said_on_the_card_there_is(code: str, words: str) -> None:
    """The text is not read as a number, nor shown."""
    answer = await answer_for(LUMP.with_(observation(code, valueString="about 70 kg")))

    assert topics(answer) == {"local": "warning"}
    assert f"{words} (value not readable)" in answer["cards"][0]["detail"]
    assert "about" not in answer["cards"][0]["detail"].partition("**Not checked")[2]
    assert [item["reason"] for item in trace(answer)["notAssessable"]] == ["value"]


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e99999999999999999999", "1" * 5000, "1" * 1000])
async def test_a_number_beyond_all_measure_is_said(number: str) -> None:
    """As a weight; in an element that nobody reads it changes nothing."""
    text = json.dumps(call_of(LUMP.with_(weight("@", "2026-06-10")).prefetch()))
    idle = json.dumps(
        call_of(HISTORY.with_(condition("N63.21", extension=[{"url": "x", "valueDecimal": "@"}])).prefetch())
    )

    weighed = await answer_to(text.replace('"@"', number).encode())
    beside = await answer_to(idle.replace('"@"', number).encode())

    assert topics(weighed.json()) == {"local": "warning", "incomplete": "info"}
    assert [item["reason"] for item in trace(weighed.json())["notAssessable"]] == ["value"]
    assert topics(beside.json()) == {"local": "warning"}


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
async def test_a_cancer_refuted_in_the_words_of_an_older_fhir_is_no_cancer(status: str) -> None:
    """A plain string where R4 has a concept: understood for what it denies, and said to be odd."""
    chart = a_patient().with_(condition("C50.412", "2019-03-10", verificationStatus=status), condition("N63.21"))

    answer = await answer_for(chart)

    assert "local" not in topics(answer)
    assert trace(answer)["state"] == "none"


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Questionnaire", "id": "q", "code": [{"system": ICD, "code": "R51.9"}]},
        {"resourceType": "Practitioner", "id": "x", "name": [{"family": "Smith"}]},
        {"resourceType": "SomethingNew", "code": 5},
        condition("R51.9", verificationStatus=concept("entered-in-error", "v")),
        condition("R51.9", verificationStatus=concept("refuted", "v")),
        observation("25064002", system=SNOMED, status="entered-in-error"),
        observation("25064002", system=SNOMED, focus=[OTHER]),
        observation("25064002", system=SNOMED, dataAbsentReason=concept("unknown", "d")),
        {"resourceType": "FamilyMemberHistory", "status": "completed", "condition": [{"code": concept("R51.9")}]},
    ],
)
async def test_what_is_no_evidence_changes_nothing(resource: Resource) -> None:
    """Retracted, unknown or somebody else's: the lump is shown, and nothing more."""
    assert topics(await answer_for(LUMP.with_(resource))) == {"local": "warning"}


@pytest.mark.parametrize(
    "number, unit, extra",
    [(68, None, {}), (150, "furlong", {}), (68, "kg", {"comparator": "<"})],
)
async def test_a_weight_that_can_not_be_compared_gives_no_card_and_the_trace_says_so(
    number: int, unit: str | None, extra: dict[str, Any]
) -> None:
    """No unit, no comparison; the liver's outcome is that nobody can tell."""
    record = weight(number, "2026-06-10", unit)
    record["valueQuantity"] |= extra

    answer = await answer_for(HISTORY.with_(weight(75, "2025-12-01"), record))

    assert topics(answer) == {}
    assert outcome_of(answer, "liver") == "cannot-tell"
    assert {item["source"] for item in trace(answer)["notAssessable"]} == {"body_weight"}


async def test_a_weight_without_unit_is_named_on_a_card_of_that_site() -> None:
    """There is a card to say it on."""
    answer = await answer_for(HISTORY.with_(condition("R63.0"), weight(75, "2025-12-01", None)))

    (card,) = answer["cards"]
    assert "**Not checked:** a body weight (no unit)." in card["detail"]


@pytest.mark.parametrize("key", ["conditions", "observations", "procedures", "encounters", "immunizations"])
@pytest.mark.parametrize(
    "owner",
    [OTHER, {"reference": "Group/g1"}, {"reference": "Patient/P1"}, {"reference": "https://other.example/Patient/p1"}],
)
async def test_a_record_about_somebody_else_refuses_the_call(key: str, owner: Resource) -> None:
    """In any source, also where no rule would have read it: nothing of the chart is used."""
    kinds = {"conditions": "Condition", "observations": "Observation", "procedures": "Procedure"}
    kind = kinds.get(key, key[:-1].capitalize())
    who = "patient" if kind == "Immunization" else "subject"
    stranger = {"resourceType": kind, "id": "x", "status": "final", "code": concept("Z99.9"), who: owner}
    prefetch = LUMP.prefetch()
    prefetch[key]["entry"].append({"resource": stranger})

    response = await answer_to(call_of(prefetch))

    assert response.status_code == 412
    assert response.json()["issue"][0]["details"]["coding"][0]["code"] == "wrong-patient"
    assert "somebody-else" not in response.text


async def test_another_patient_under_the_patient_key_refuses_the_call() -> None:
    """The chart is not the one in context."""
    response = await answer_to(call_of(LUMP.prefetch(patient={"resourceType": "Patient", "id": "p2"})))

    assert response.status_code == 412


@pytest.mark.parametrize("key", ["patient", "conditions"])
@pytest.mark.parametrize(
    "value",
    [
        {"resourceType": "OperationOutcome", "issue": []},
        "<html>login</html>",
        5,
        [],
        {},
        {"resourceType": "Bundle", "entry": 5},
    ],
)
async def test_what_must_be_known_and_is_not_is_a_412(key: str, value: object) -> None:
    """Nothing can be said about a patient whose conditions are unknown."""
    response = await answer_to(call_of(LUMP.prefetch(**{key: value})))

    assert response.status_code == 412
    assert response.json()["resourceType"] == "OperationOutcome"


async def test_a_patient_that_does_not_exist_is_a_412() -> None:
    """`null` for the patient in context is no patient."""
    assert (await answer_to(call_of(LUMP.prefetch(patient=None)))).status_code == 412


async def test_a_client_that_shows_errors_as_all_clear_can_have_a_card_instead() -> None:
    """Setting on_missing; the trace says of every site that nothing can be told."""
    response = await answer_to(call_of(LUMP.prefetch(conditions="<html>")), on_missing="card")

    assert response.status_code == 200
    assert topics(response.json()) == {"incomplete": "info"}
    found = trace(response.json())
    assert "state" not in found
    assert {site["outcome"] for site in found["sites"]} == {"cannot-tell"}
    assert len(found["sites"]) == 6
    assert found["notAssessable"] == [{"source": "Condition", "reason": "not-fhir"}]


async def test_a_key_twice_in_a_resource_that_would_be_evidence_makes_it_unreadable() -> None:
    """Two readers could see two things."""
    prefetch = LUMP.prefetch()
    body = call_of(prefetch)
    text = json.dumps(body).replace(
        '"recordedDate": "2026-06-02"', '"recordedDate": "2026-06-02", "id": "z", "id": "r2"'
    )

    response = await answer_to(text.encode())

    assert topics(response.json()) == {"incomplete": "info"}
    assert {item["reason"] for item in trace(response.json())["notAssessable"]} == {"duplicate-key"}


async def test_a_partial_date_is_read_as_what_it_may_mean() -> None:
    """2024 is all of 2024: a cancer of that year does not swallow a finding of the next spring."""
    chart = a_patient().with_(condition("C50.412", "2024"), condition("N63.21", "2026-06"))

    assert topics(await answer_for(chart)) == {"local": "warning"}


async def test_evidence_that_fails_strict_validation_counts_and_is_flagged() -> None:
    """A dateTime without a zone is wrong FHIR and readable all the same."""
    chart = HISTORY.with_(condition("N63.21", "2026-06-02T10:00:00"))

    answer = await answer_for(chart)

    assert topics(answer) == {"local": "warning"}
    assert trace(answer)["flagged"] == ["Condition/r2"]


async def test_a_cancer_that_can_not_be_read_is_said() -> None:
    """Without another one nobody may conclude that there was none."""
    chart = a_patient().with_(condition("C50.412", "2019-03-10", modifierExtension=[{"url": "x"}]), condition("N63.21"))

    answer = await answer_for(chart)

    assert trace(answer)["state"] == "none"
    assert topics(answer) == {"incomplete": "info"}


async def test_a_cancer_whose_date_can_not_be_read_is_a_cancer() -> None:
    """Every recent finding is then taken to lie after it."""
    assert topics(await answer_for(a_patient().with_(condition("C50.412", "2024-13-01"), condition("N63.21")))) == {
        "local": "warning"
    }
