"""Builders of single FHIR R4 resources in US Core shape, as plain JSON objects.

They draw nothing and know no date: all that varies is passed in. The shapes are checked with fhir.resources.
Tests: tests/service/test_bench_charts.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.catalogue import LOINC, SNOMED, Code, Measure

Resource = dict[str, Any]

PATIENT_ID: Final = "bench-patient"
HL7: Final = "http://terminology.hl7.org/CodeSystem/"
US_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
UCUM: Final = "http://unitsofmeasure.org"
SUBJECT: Final = {"reference": f"Patient/{PATIENT_ID}"}
CLINICIAN: Final = {"reference": "Practitioner/bench-practitioner-0001", "display": "Dr. Robin Sample"}


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a resource stands in the chart: its id, its time and the visit it was recorded in."""

    id: str
    when: str
    encounter: str


def concept(code: Code) -> Resource:
    """A CodeableConcept with one coding and its text."""
    return {"coding": [{"system": code.system, "code": code.code, "display": code.display}], "text": code.display}


def patient() -> Resource:
    """The one patient of every chart."""
    return {
        "resourceType": "Patient",
        "id": PATIENT_ID,
        "meta": {"profile": [f"{US_CORE}patient"]},
        "identifier": [{"system": "urn:recurrence-cds:bench", "value": "B-0001"}],
        "active": True,
        "name": [{"use": "official", "family": "Example", "given": ["Avery"]}],
        "telecom": [{"system": "phone", "value": "555-0100", "use": "home"}],
        "gender": "female",
        "birthDate": "1961-04-23",
        "address": [{"line": ["1 Sample Street"], "city": "Springfield", "postalCode": "00000", "country": "US"}],
    }


def observation(slot: Slot, measure: Measure, value: float) -> Resource:
    """A final, numeric Observation; a laboratory value comes with its normal range."""
    unit = {"unit": measure.unit, "system": UCUM, "code": measure.unit}
    normal = {
        "interpretation": [_hl7("v3-ObservationInterpretation", "N")],
        "referenceRange": [{"low": {"value": measure.low, **unit}, "high": {"value": measure.high, **unit}}],
    }
    return {
        **_head("Observation", f"observation-{measure.category}", slot),
        "status": "final",
        "category": [_hl7("observation-category", measure.category)],
        "code": concept(Code(LOINC, measure.code, measure.display)),
        "subject": SUBJECT,
        "encounter": {"reference": slot.encounter},
        "effectiveDateTime": slot.when,
        "issued": slot.when,
        "performer": [CLINICIAN],
        "valueQuantity": {"value": value, **unit},
        **(normal if measure.category == "laboratory" else {}),
    }


def condition(slot: Slot, code: Code, *, active: bool, category: str = "encounter-diagnosis") -> Resource:
    """A confirmed Condition that began and was recorded at the slot's time."""
    return {
        **_head("Condition", f"condition-{category}", slot),
        "clinicalStatus": _hl7("condition-clinical", "active" if active else "resolved"),
        "verificationStatus": _hl7("condition-ver-status", "confirmed"),
        "category": [_hl7("condition-category", category)],
        "code": concept(code),
        "subject": SUBJECT,
        "encounter": {"reference": slot.encounter},
        "onsetDateTime": slot.when,
        **({} if active else {"abatementDateTime": slot.when}),
        "recordedDate": slot.when,
        "recorder": CLINICIAN,
        "asserter": CLINICIAN,
    }


def procedure(slot: Slot, code: Code) -> Resource:
    """A completed Procedure."""
    return {
        **_head("Procedure", "procedure", slot),
        "status": "completed",
        "category": concept(Code(SNOMED, "103693007", "Diagnostic procedure")),
        "code": concept(code),
        "subject": SUBJECT,
        "encounter": {"reference": slot.encounter},
        "performedPeriod": {"start": slot.when, "end": slot.when},
        "recorder": CLINICIAN,
        "performer": [{"actor": CLINICIAN}],
    }


def encounter(slot: Slot, code: Code) -> Resource:
    """A finished ambulatory Encounter."""
    return {
        **_head("Encounter", "encounter", slot),
        "status": "finished",
        "class": {"system": f"{HL7}v3-ActCode", "code": "AMB", "display": "ambulatory"},
        "type": [concept(code)],
        "subject": SUBJECT,
        "participant": [
            {"type": [_hl7("v3-ParticipationType", "PPRF")], "period": {"start": slot.when}, "individual": CLINICIAN},
        ],
        "period": {"start": slot.when, "end": slot.when},
        "location": [{"location": {"reference": "Location/bench-location-0001", "display": "Sample Clinic, Room 1"}}],
        "serviceProvider": {"reference": "Organization/bench-organization-0001", "display": "Sample Clinic"},
    }


def diagnostic_report(slot: Slot, code: Code, results: Sequence[str]) -> Resource:
    """A final laboratory report that points at the given Observations."""
    return {
        **_head("DiagnosticReport", "diagnosticreport-lab", slot),
        "status": "final",
        "category": [_hl7("v2-0074", "LAB")],
        "code": concept(code),
        "subject": SUBJECT,
        "encounter": {"reference": slot.encounter},
        "effectiveDateTime": slot.when,
        "issued": slot.when,
        "performer": [CLINICIAN],
        "result": [{"reference": f"Observation/{result}"} for result in results],
    }


def medication_request(slot: Slot, code: Code) -> Resource:
    """An active order for a medication."""
    return {
        **_head("MedicationRequest", "medicationrequest", slot),
        "status": "active",
        "intent": "order",
        "category": [_hl7("medicationrequest-category", "community")],
        "medicationCodeableConcept": concept(code),
        "subject": SUBJECT,
        "encounter": {"reference": slot.encounter},
        "authoredOn": slot.when,
        "requester": CLINICIAN,
        "dosageInstruction": [
            {
                "text": "One tablet by mouth daily",
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
            },
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": 3, "quantity": {"value": 90, "unit": "tablet"}},
    }


def immunization(slot: Slot, code: Code) -> Resource:
    """A completed Immunization."""
    return {
        **_head("Immunization", "immunization", slot),
        "status": "completed",
        "vaccineCode": concept(code),
        "patient": SUBJECT,
        "encounter": {"reference": slot.encounter},
        "occurrenceDateTime": slot.when,
        "primarySource": True,
        "lotNumber": slot.id[:8],
        "performer": [{"actor": CLINICIAN}],
    }


def _head(resource_type: str, profile: str, slot: Slot) -> Resource:
    """Type, id and meta, as servers send them."""
    meta = {"versionId": "1", "lastUpdated": slot.when, "profile": [f"{US_CORE}{profile}"]}
    return {"resourceType": resource_type, "id": slot.id, "meta": meta}


def _hl7(system: str, code: str) -> Resource:
    """A CodeableConcept of an HL7 terminology."""
    return {"coding": [{"system": f"{HL7}{system}", "code": code, "display": code.replace("-", " ").capitalize()}]}
