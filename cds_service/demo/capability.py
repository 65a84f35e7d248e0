"""CapabilityStatement of the demo's FHIR endpoint.

It must not promise more than `search` does.
Tests: tests/demo/test_demo_fhir.py.
"""

from datetime import date
from typing import Any

from cds_service.demo.search_index import SEARCHABLE, Searchable


def capability_statement(base: str, day: date) -> dict[str, Any]:
    """Return the CapabilityStatement with types and parameters."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": day.isoformat(),
        "kind": "instance",
        "software": {"name": "recurrence-cds demo"},
        "implementation": {"description": "Fictional charts, read-only", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{"mode": "server", "resource": [_resource(kind, item) for kind, item in SEARCHABLE.items()]}],
    }


def _resource(kind: str, searchable: Searchable) -> dict[str, Any]:
    references = {name: "reference" for name in ("patient", "subject") if searchable.patient in (name, "subject")}
    typed = (
        {"_id": "token"}
        | references
        | dict.fromkeys(searchable.tokens, "token")
        | dict.fromkeys(searchable.dates, "date")
    )
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [{"name": name, "type": type_} for name, type_ in typed.items()],
    }
