"""The `patient-view` call that carries a chart as prefetch, the way an EHR that follows our discovery sends it.

It sends nothing and adds nothing to the chart.
Tests: tests/service/test_bench_charts.py.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from bench.charts import Chart
from bench.resources import PATIENT_ID, Resource

HOOK_INSTANCE: Final = "5b1f1b6e-6f2f-4c3a-9d6e-0c5a3d2f7e11"
FHIR_BASE: Final = "https://ehr.example.org/fhir"

Templates = Mapping[str, str]


def request_body(chart: Chart, templates: Templates) -> bytes:
    """The call as compact JSON, one prefetch value a template; a type asked for twice stands under its first key."""
    left = dict(chart)
    prefetch: dict[str, Resource] = {}
    for key, template in templates.items():
        query = re.sub(r"\{\{\s*context\.patientId\s*\}\}", PATIENT_ID, template)
        found = left.pop(_head(template), [])
        prefetch[key] = searchset(query, found) if "?" in query else found[0]
    return _written({**_call(), "prefetch": prefetch})


def fetching_body(fhir_base: str) -> bytes:
    """The call without a chart: the service has to ask the FHIR server for all of it."""
    return _written({**_call(), "fhirServer": fhir_base})


def _call() -> Resource:
    return {
        "hook": "patient-view",
        "hookInstance": HOOK_INSTANCE,
        "context": {"userId": "Practitioner/bench-practitioner-0001", "patientId": PATIENT_ID},
    }


def _written(body: Resource) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def asked_types(templates: Templates) -> frozenset[str]:
    """The resource types that the templates ask for."""
    return frozenset(_head(template) for template in templates.values())


def _head(template: str) -> str:
    """The resource type at the head of a FHIR query."""
    return re.split(r"[/?]", template, maxsplit=1)[0]


def searchset(query: str, found: list[Resource]) -> Resource:
    """A complete searchset Bundle with its self link."""
    entries = [
        {
            "fullUrl": f"{FHIR_BASE}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in found
    ]
    link = [{"relation": "self", "url": f"{FHIR_BASE}/{query}"}]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": link, "entry": entries}
