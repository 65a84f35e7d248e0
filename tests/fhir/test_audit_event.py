"""A decision as FHIR: valid, whole, and with hashes in place of anybody.

It must not test the command: tests/cli/test_cli_store.py does.
It tests cds_service/fhir/writing/audit_event.py.
"""

from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from cds_service.audit.decision import Decision
from cds_service.fhir.writing.audit_event import audit_event
from tests.store.rows import CARD, KEY, PATIENT, PSEUDONYMS, T0, a_card, a_decision, uuid_of


def _details(event: dict[str, Any], place: int) -> dict[str, str]:
    return {each["type"]: each["valueString"] for each in event["entity"][place]["detail"]}


def test_an_answered_call_is_an_event_about_a_patient_with_its_cards() -> None:
    """Who, about whom, what was shown; each hash under a system that names its key."""
    event = audit_event(a_decision(1, a_card(), as_of="2026-06-15", ruleset="1", outcomes="{}"))

    AuditEvent.model_validate(event)
    assert (event["id"], event["outcome"], event["recorded"]) == (uuid_of(1), "0", "2026-02-02T02:40:00.001Z")
    user, ehr = event["agent"]
    hashed = PSEUDONYMS.user("north", "Practitioner/1")[0]
    assert user["who"]["identifier"] == {"system": f"urn:recurrence-cds:user:{KEY.id}", "value": hashed}
    assert (user["requestor"], ehr["requestor"], ehr["who"]) == (True, False, {"display": "north"})
    patient, _, card = event["entity"]
    assert patient["what"]["identifier"] == {"system": f"urn:recurrence-cds:patient:{KEY.id}", "value": PATIENT[0]}
    assert card["what"]["identifier"]["value"] == f"urn:uuid:{CARD}"
    assert _details(event, 1) == {
        "status": "200",
        "duration_ms": "3.25",
        "as_of": "2026-06-15",
        "ruleset": "1",
        "outcomes": "{}",
    }
    assert _details(event, 2) == {"topic": "brain", "level": "warning", "state": "shown", "rules": "BRAIN-1@1.0.0"}


@pytest.mark.parametrize("status,outcome", [(200, "0"), (401, "4"), (412, "4"), (499, "4"), (500, "8"), (503, "8")])
def test_an_event_says_whose_failure_it_was(status: int, outcome: str) -> None:
    """The caller's is minor, ours is serious."""
    event = audit_event(Decision(uuid_of(2), T0, "patient-view", status, 0.5, code="unauthorized", reason="expired"))

    AuditEvent.model_validate(event)
    assert event["outcome"] == outcome
    assert event["agent"][0]["who"] == {"display": "unknown"}
    assert event["agent"][0]["requestor"] is True
    assert _details(event, 0)["reason"] == "expired"
