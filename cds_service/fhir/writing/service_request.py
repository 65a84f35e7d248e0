"""Orders as draft FHIR R4 ServiceRequests, validated before they leave.

Must not choose codes or urgency: cards and rules do.
Tests: tests/fhir/test_service_request.py.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from fhir.resources.R4B.servicerequest import ServiceRequest

from cards.model import Coding, Order

Written = tuple[str, str, str]
"""System, code and display of a coding."""
_REFERENCE = re.compile(r"(?:Condition|Observation)/[A-Za-z0-9.-]{1,64}", re.ASCII)
"""What R4 takes as the reason of a ServiceRequest; a visit or an answer stands in the trace alone."""


def own_codings(order: Order) -> tuple[Written, ...]:
    """Return the codings of an order as they are written."""
    return _written(order.codings)


def service_request(order: Order, patient_id: str, codings: tuple[Written, ...] | None = None) -> dict[str, Any]:
    """Return a draft, proposed ServiceRequest for the patient, as JSON-ready FHIR R4.

    `codings` stand in place of the order's own. Raises pydantic's ValidationError when it would not be valid FHIR: a
    mistake of ours, found by tests.
    """
    references = [reference for reference in order.evidence if _REFERENCE.fullmatch(reference)]
    written = own_codings(order) if codings is None else codings
    resource = dict(_validated(order.text, order.priority, written, _written(order.reasons)))
    resource["subject"] = {"reference": f"Patient/{patient_id}"}
    if references:
        resource["reasonReference"] = [{"reference": reference} for reference in references]
    return resource


@lru_cache(maxsize=4096)
def _validated(
    text: str, priority: str, codings: tuple[Written, ...], reasons: tuple[Written, ...]
) -> Mapping[str, Any]:
    """Return what every ServiceRequest of an order without its patient shares, validated once as FHIR R4.

    What is added later is a relative reference checked by its form, so that nothing of a patient is remembered.
    """
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "priority": priority,
        "code": {"coding": _codings(codings), "text": text},
        "subject": {"reference": "Patient/example"},
    }
    if reasons:
        resource["reasonCode"] = [{"coding": _codings((reason,))} for reason in reasons]
    ServiceRequest.model_validate(resource)
    return resource


def _written(codings: Iterable[Coding]) -> tuple[Written, ...]:
    return tuple((coding.code.system.value, coding.code.value, coding.display) for coding in codings)


def _codings(codings: Iterable[Written]) -> list[dict[str, str]]:
    return [{"system": system, "code": code, "display": display} for system, code, display in codings]
