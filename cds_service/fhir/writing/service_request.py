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
"""Types that R4 allows as reason of a ServiceRequest.

Visits and answers appear in the trace only.
"""


def own_codings(order: Order) -> tuple[Written, ...]:
    """Return the codings of an order as they are written."""
    return _written(order.codings)


def service_request(order: Order, patient_id: str, codings: tuple[Written, ...] | None = None) -> dict[str, Any]:
    """Return a draft, proposed ServiceRequest as JSON-ready FHIR R4.

    `codings` replace the order's own. Raises pydantic's ValidationError for an invalid resource, a fault of ours.
    """
    references = [reference for reference in order.evidence if _REFERENCE.fullmatch(reference)]
    written = own_codings(order) if codings is None else codings
    resource = dict(_validated(order.text, order.priority, written, order.reasons, order.place))
    resource["subject"] = {"reference": f"Patient/{patient_id}"}
    if references:
        resource["reasonReference"] = [{"reference": reference} for reference in references]
    return resource


@lru_cache(maxsize=4096)
def _validated(
    text: str, priority: str, codings: tuple[Written, ...], reasons: tuple[Coding, ...], place: Coding | None
) -> Mapping[str, Any]:
    """Return the common part of an order's requests, validated once.

    Later additions are relative references with a checked form, so that no patient is cached.
    """
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "priority": priority,
        "code": {**({"coding": _codings(codings)} if codings else {}), "text": text},
        "subject": {"reference": "Patient/example"},
    }
    if reasons:
        resource["reasonCode"] = [_concept(reason) for reason in reasons]
    if place is not None:
        resource["bodySite"] = [_concept(place)]
    ServiceRequest.model_validate(resource)
    return resource


def _concept(coding: Coding) -> dict[str, Any]:
    """Return one code as a CodeableConcept, with its text if it has one."""
    return {"coding": _codings(_written((coding,)))} | ({"text": coding.text} if coding.text else {})


def _written(codings: Iterable[Coding]) -> tuple[Written, ...]:
    return tuple((coding.code.system.value, coding.code.value, coding.display) for coding in codings)


def _codings(codings: Iterable[Written]) -> list[dict[str, str]]:
    return [
        {"system": system, "code": code, **({"display": display} if display else {})}
        for system, code, display in codings
    ]
