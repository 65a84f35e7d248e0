"""Whose record it is, if it names no Patient/id."""

from typing import Any

import pytest

from tests.builders import SNOMED, Chart, a_patient, answer_to, call_of, concept, error_code, observation, topics, trace

pytestmark = pytest.mark.anyio
OURS, OTHERS = {"system": "urn:oid:1", "value": "47"}, {"system": "urn:oid:1", "value": "48"}
HISTORY = a_patient().with_history()
PATIENT = HISTORY.resources[0] | {"identifier": [OURS], "birthDate": "1962-03-01"}
CHART = Chart((PATIENT, *HISTORY.resources[1:]))
RECORDS = [
    observation("89164003", system=SNOMED),
    {"resourceType": "Condition", "code": concept("N63.21"), "recordedDate": "2026-06-02"},
    {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": "2026-06-10"},
        "reasonCode": [concept("N63.21")],
    },
]


def contained(**person: object) -> dict[str, Any]:
    """A record of a contained Patient."""
    inside = {"resourceType": "Patient", "id": "pt", **person}
    return {"subject": {"reference": "#pt"}, "contained": [inside]}


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize(
    "owner, found",
    [
        ({"subject": {"identifier": OURS}}, "read"),
        (contained(identifier=[OTHERS | {"system": "urn:oid:2"}, OURS]), "read"),
        ({"subject": {"reference": "Patient?identifier=urn:oid:1%7C47"}}, "read"),
        ({"subject": {"identifier": {"value": "47"}}}, "said"),
        (contained(birthDate="1962-03-01"), "said"),
        (contained(), "said"),
        ({"subject": {"display": "Mrs X"}}, "said"),
        ({"subject": {"identifier": OTHERS}}, "refused"),
        ({"subject": {"identifier": OURS | {"system": "urn:oid:2"}}}, "refused"),
        (contained(identifier=[OTHERS]), "refused"),
        (contained(birthDate="1962-03-02"), "refused"),
        (contained(gender="male"), "refused"),
        ({"subject": {"reference": "#pt"}}, "refused"),
        ({"subject": {"reference": "urn:uuid:5"}}, "refused"),
    ],
)
async def test_a_record_is_read_said_or_refused(record: dict[str, Any], owner: dict[str, Any], found: str) -> None:
    """Read where it is certain, said where it is open, refused where it is somebody else's."""
    response = await answer_to(call_of(CHART.with_(record | {"id": "r", **owner}).prefetch()))

    if found == "refused":
        assert (response.status_code, error_code(response)) == (412, "wrong-patient")
        assert f"({record['resourceType']})" in response.text
        return
    answer = response.json()
    reasons = {item["reason"] for item in trace(answer).get("notAssessable", [])}
    assert ("local" in topics(answer), reasons) == ((True, set()) if found == "read" else (False, {"no-subject"}))
