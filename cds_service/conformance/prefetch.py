"""What a client would send for a service's own templates: a resource for a read, a searchset Bundle for a search.

Must not filter by the parameters of a search: it gives all resources of the type, so that services find something.
Tests: tests/conformance/test_probes.py.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cds_service.conformance.patients import Patient, Resource

SERVER = "https://fhir.example/r4"
"""A FHIR base that exists nowhere: addresses in a Bundle need one."""
TYPE = re.compile(r"([A-Z][A-Za-z]*)(?=[/?]|$)")
Change = Callable[[Resource], object]
"""What a client might send in place of a search's Bundle."""


def prefetch_of(templates: object, patient: Patient, change: Change | None = None) -> dict[str, Any]:
    """Return a value for each template that can be read; `change` makes another of every search's Bundle."""
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
