"""A request that names its drug by a reference to nothing: said once, since nobody can tell what it is."""

import pytest

from tests.builders import Resource, a_patient, answer_for, concept, topics, trace

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()
GAP = {"source": "MedicationRequest", "reason": "medication-not-sent"}
SAID = "**Not checked:** medications (some came without the name of the drug)."
ASPIRIN = concept("1191", "http://www.nlm.nih.gov/research/umls/rxnorm")


def request(**more: object) -> Resource:
    """An active prescription."""
    return {"resourceType": "MedicationRequest", "status": "active", "authoredOn": "2026-06-01", **more}


@pytest.mark.parametrize(
    "named",
    [
        {"reference": "Medication/none"},
        {"reference": "#none"},
        {"reference": "urn:uuid:none"},
        {"display": "Paclitaxel"},
        {"identifier": {"value": "7"}},
        {},
        {"reference": "Medication/none", "display": "Paclitaxel"},
    ],
)
@pytest.mark.parametrize("how_many", [1, 3])
async def test_a_drug_that_was_not_sent_is_said_once(named: Resource, how_many: int) -> None:
    """It could be chemotherapy; a display is no code."""
    requests = [request(medicationReference=named) for _ in range(how_many)]

    answer = await answer_for(LUMP.with_(*requests))

    assert topics(answer) == {"local": "warning"}
    assert trace(answer)["state"] == "treated"
    assert trace(answer)["notAssessable"] == [GAP]
    assert answer["cards"][0]["detail"].count(SAID) == 1
    assert "none in what was read" in answer["cards"][0]["detail"]


@pytest.mark.parametrize(
    "known",
    [
        request(medicationCodeableConcept=ASPIRIN),
        request(medicationCodeableConcept={"text": "Aspirin"}),
        request(medicationCodeableConcept=ASPIRIN, medicationReference={"reference": "Medication/none"}),
        request(medicationReference={"reference": "#m"}, contained=[{"resourceType": "Medication", "id": "m"}]),
        request(medicationReference={"reference": "Medication/none"}, status="cancelled"),
        request(medicationReference={"reference": "Medication/none"}, status="entered-in-error"),
        request(medicationReference={"reference": "Medication/none"}, status="draft"),
        request(medicationReference={"reference": "Medication/none"}, doNotPerform=True),
    ],
)
async def test_a_drug_that_is_there_or_was_not_ordered_is_not_missed(known: Resource) -> None:
    """Also one that no rule knows, or that has a name and no code."""
    answer = await answer_for(LUMP.with_(known))

    assert "notAssessable" not in trace(answer)
    assert "Not checked" not in answer["cards"][0]["detail"]


async def test_a_drug_that_was_not_sent_makes_no_card_of_its_own() -> None:
    """Without a finding there is nothing that it could have changed."""
    answer = await answer_for(a_patient().with_history().with_(request(medicationReference={"reference": "x"})))

    assert answer["cards"] == []
    assert trace(answer)["notAssessable"] == [GAP]


async def test_a_request_with_a_modifier_is_said_as_such_where_its_drug_is_known() -> None:
    """Where it is not, that is all there is to say."""
    modifier = {"modifierExtension": [{"url": "x"}]}
    paclitaxel = concept("56946", "http://www.nlm.nih.gov/research/umls/rxnorm")
    unknown = await answer_for(LUMP.with_(request(medicationReference={"reference": "x"}, **modifier)))
    known = await answer_for(LUMP.with_(request(medicationCodeableConcept=paclitaxel, **modifier)))

    assert trace(unknown)["notAssessable"] == [GAP]
    assert [item["reason"] for item in trace(known)["notAssessable"]] == ["modifier"]
