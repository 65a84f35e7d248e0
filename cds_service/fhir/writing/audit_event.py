"""A stored decision as FHIR R4 AuditEvent, with hashed persons.

It must not hold more than the decision.
Tests: tests/fhir/test_audit_event.py.
"""

from typing import Any

from fhir.resources.R4B.auditevent import AuditEvent

from cds_service.audit.decision import CardRow, Decision
from cds_service.audit.feedback_item import from_epoch_ms

HASHES = "urn:recurrence-cds"
"""Base of the systems of hashes, by key."""
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
CLIENT_ERROR, SERVER_ERROR = 400, 500
NOBODY = "unknown"
DETAILS = (
    ("status", "code", "reason", "error_id", "duration_ms", "hook_instance", "as_of", "ruleset", "profile", "language"),
    ("state", "sources", "outcomes", "quiet", "request_digest", "answer_digest"),
)
"""Columns of a decision written as details."""


def audit_event(decision: Decision) -> dict[str, Any]:
    """Return a decision as JSON-ready FHIR R4.

    Raises pydantic's ValidationError for an invalid resource, a fault of ours.
    """
    resource = {
        "resourceType": "AuditEvent",
        "id": decision.id,
        "type": {"system": f"{_TERMINOLOGY}/audit-event-type", "code": "rest", "display": "RESTful Operation"},
        "subtype": [{"system": "http://cds-hooks.hl7.org/hooks", "code": decision.hook}],
        "action": "E",
        "recorded": from_epoch_ms(decision.at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": _outcome(decision.status),
        "agent": _agents(decision),
        "source": {"observer": {"display": "recurrence-cds"}, "type": [_coding("security-source-type", "4")]},
        "entity": [*_patient(decision), _call(decision), *(_card(card) for card in decision.cards)],
    }
    AuditEvent.model_validate(resource)
    return resource


def _outcome(status: int) -> str:
    """Return success, minor failure (caller's) or serious failure (ours)."""
    return "0" if status < CLIENT_ERROR else "4" if status < SERVER_ERROR else "8"


def _agents(decision: Decision) -> list[dict[str, Any]]:
    """Return the calling EHR and the user, if known."""
    ehr = {
        "type": {"coding": [{"system": _DICOM, "code": "110153", "display": "Source Role ID"}]},
        "who": {"display": decision.client or NOBODY},
        "requestor": decision.user_hash is None,
    }
    if decision.user_hash is None:
        return [ehr]
    user = {
        "type": {"coding": [_coding("extra-security-role-type", "humanuser")]},
        "who": {"identifier": _hash("user", decision.key_id, decision.user_hash)},
        "requestor": True,
    }
    return [user, ehr]


def _patient(decision: Decision) -> list[dict[str, Any]]:
    if decision.patient_hash is None:
        return []
    return [
        {
            "what": {"identifier": _hash("patient", decision.key_id, decision.patient_hash)},
            "type": _coding("audit-entity-type", "1"),
            "role": _coding("object-role", "1"),
        }
    ]


def _call(decision: Decision) -> dict[str, Any]:
    """Return the call with its known details."""
    values = ((name, getattr(decision, name)) for names in DETAILS for name in names)
    return {
        "what": {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{decision.id}"}},
        "type": _coding("audit-entity-type", "2"),
        "role": _coding("object-role", "20"),
        "detail": [_detail(name, str(value)) for name, value in values if value is not None],
    }


def _card(card: CardRow) -> dict[str, Any]:
    details = {"topic": card.topic, "level": card.level, "state": card.state, "rules": " ".join(card.rules)}
    return {
        "what": {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{card.card}"}},
        "type": _coding("audit-entity-type", "2"),
        "role": _coding("object-role", "3"),
        "detail": [_detail(name, value) for name, value in details.items() if value],
    }


def _detail(name: str, value: str) -> dict[str, str]:
    return {"type": name, "valueString": value}


def _hash(kind: str, key_id: str | None, value: str) -> dict[str, str]:
    return {"system": f"{HASHES}:{kind}:{key_id}", "value": value}


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": f"{_TERMINOLOGY}/{system}", "code": code}
