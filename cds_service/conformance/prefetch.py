"""Prefetch for a service's own templates.

A search returns all resources of its type, without filters.
Tests: tests/conformance/test_probes.py.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cds_service.conformance.patients import Patient, Resource

SERVER = "https://fhir.example/r4"
"""A FHIR base for addresses in a Bundle. It exists nowhere."""
TYPE = re.compile(r"([A-Z][A-Za-z]*)(?=[/?]|$)")
Change = Callable[[Resource], object]
"""Replacement of a search's Bundle."""


def prefetch_of(templates: object, patient: Patient, change: Change | None = None) -> dict[str, Any]:
    """Return a value for each readable template.

    `change` replaces every search's Bundle.
    """
    if not isinstance(templates, Mapping):
        return {}
    readable = {key: template for key, template in templates.items() if isinstance(template, str)}
    return {key: _value(template, patient, change) for key, template in readable.items()}


def _value(template: str, patient: Patient, change: Change | None) -> object:
    kind = TYPE.match(template)
    found = patient.of_type(kind[1]) if kind else []
    if "?" not in template:
        return found[0] if found else None
    bundle = _searchset(found, template.replace("{{context.patientId}}", patient.id))
    return change(bundle) if change else bundle


def _searchset(resources: list[Resource], query: str) -> Resource:
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "link": [{"relation": "self", "url": f"{SERVER}/{query}"}],
    }
    if resources:
        bundle["entry"] = [_entry(resource) for resource in sorted(resources, key=_newest_first, reverse=True)]
    return bundle


def _entry(resource: Resource) -> Resource:
    url = f"{SERVER}/{resource['resourceType']}/{resource.get('id', 'unknown')}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": "match"}}


def _newest_first(resource: Resource) -> str:
    return str(resource.get("effectiveDateTime") or resource.get("recordedDate") or "")
