"""Orders as draft FHIR R4 ServiceRequests, validated before they leave.

Must not choose codes or urgency: cards and rules do.
Tests: tests/service/test_write.py.
"""

from collections.abc import Iterable
from typing import Any

from fhir.resources.R4B.servicerequest import ServiceRequest

from cards.model import Coding, Order


def service_request(order: Order, patient_id: str) -> dict[str, Any]:
    """Return a draft, proposed ServiceRequest for the patient, as JSON-ready FHIR R4.

    Raises pydantic's ValidationError when it would not be valid FHIR: a mistake of ours, found by tests.
    """
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "priority": order.priority,
        "code": {"coding": _codings(order.codings), "text": order.text},
        "subject": {"reference": f"Patient/{patient_id}"},
    }
    if order.reasons:
        resource["reasonCode"] = [{"coding": _codings((reason,))} for reason in order.reasons]
    if order.evidence:
        resource["reasonReference"] = [{"reference": reference} for reference in order.evidence]
    ServiceRequest.model_validate(resource)
    return resource


def _codings(codings: Iterable[Coding]) -> list[dict[str, str]]:
    return [
        {"system": coding.code.system.value, "code": coding.code.value, "display": coding.display} for coding in codings
    ]
