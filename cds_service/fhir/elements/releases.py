"""Detection of resources in another FHIR release than R4.

They must not be read, because equal names may have other meanings.
Tests: tests/fhir/test_releases.py.
"""

from collections.abc import Mapping
from typing import Any

STU3 = "stu3"
"""The form of STU3, or of DSTU2 before it."""
NOT_R4 = "not-r4"
FORMER_TYPES: Mapping[str, str] = {
    "ProcedureRequest": "ServiceRequest",
    "ReferralRequest": "ServiceRequest",
    "DiagnosticOrder": "ServiceRequest",
    "MedicationOrder": "MedicationRequest",
}
"""Types that R4 replaced, with their successors."""
_CONTEXT = frozenset({"context"})
"""The visit of a resource, `encounter` in R4."""
_FORMER: Mapping[str, frozenset[str]] = {
    "Condition": _CONTEXT | {"assertedDate", "dateRecorded"},
    "Observation": _CONTEXT | {"related", "comment", "comments"},
    "Procedure": _CONTEXT | {"definition", "notDone", "notDoneReason", "notPerformed"},
    "MedicationRequest": _CONTEXT | {"definition"},
    "DiagnosticReport": _CONTEXT | {"codedDiagnosis", "image"},
    "ImagingStudy": _CONTEXT | {"uid", "accession", "availability"},
    "Encounter": frozenset({"reason", "indication", "incomingReferral"}),
    "Immunization": frozenset({"date", "notGiven", "wasNotGiven", "explanation"}),
    "CarePlan": _CONTEXT | {"definition"},
    "QuestionnaireResponse": _CONTEXT | {"parent", "group"},
    "Patient": frozenset({"animal"}),
}
"""Elements of an earlier release alone. Some would turn the meaning: `notDone` says that nothing was done."""
_STATUSES = ("clinicalStatus", "verificationStatus")


def other_release(resource: Mapping[str, Any]) -> str | None:
    """Return a stable code for another release, or None."""
    kind = resource.get("resourceType")
    former = _FORMER.get(kind) if isinstance(kind, str) else None
    if former is not None and not former.isdisjoint(resource):
        return STU3
    if kind == "Condition" and any(isinstance(resource.get(name), str) for name in _STATUSES):
        return STU3
    return NOT_R4 if kind == "MedicationRequest" and "medication" in resource else None
