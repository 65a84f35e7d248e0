"""A small chart for the first evaluation at start.

Tests: tests/api/test_health.py.
"""

from datetime import date

WARM_UP_DAY = date(2026, 6, 15)
_ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_SUBJECT = {"reference": "Patient/warm-up"}


def _condition(number: int, code: str, day: str) -> dict[str, object]:
    return {
        "resourceType": "Condition",
        "id": f"warm-up-{number}",
        "subject": _SUBJECT,
        "code": {"coding": [{"system": _ICD, "code": code}]},
        "recordedDate": day,
    }


WARM_UP_CHART: tuple[dict[str, object], ...] = (
    {"resourceType": "Patient", "id": "warm-up", "birthDate": "1960"},
    _condition(1, "C50.912", "2019-03-10"),
    _condition(2, "N63.21", "2026-06-01"),
    {
        "resourceType": "Observation",
        "id": "warm-up-3",
        "status": "final",
        "subject": _SUBJECT,
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "effectiveDateTime": "2026-06-01",
        "valueQuantity": {"value": 70, "unit": "kg"},
    },
)
