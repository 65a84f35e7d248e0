"""Two invented patients, one empty and one full of findings.

A chart must not be taken from a person. Days are relative, because findings must be recent.
Tests: tests/conformance/test_probes.py.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
QUIET, PROVOKING = "conformance-quiet", "conformance-provoking"
USERS = ("Practitioner", "PractitionerRole")

Resource = dict[str, Any]

CONDITIONS = (
    (ICD, "C50.912", "Malignant neoplasm of left female breast", 2600),
    (ICD, "N63.21", "Lump in the left breast, upper outer quadrant", 12),
    (ICD, "R51.9", "Headache", 10),
    (ICD, "R63.4", "Abnormal weight loss", 9),
    (ICD, "I10", "Essential hypertension", 1500),
    (ICD, "E11.65", "Type 2 diabetes mellitus with hyperglycemia", 1500),
    (ICD, "N18.4", "Chronic kidney disease, stage 4", 400),
    (ICD, "I48.91", "Atrial fibrillation", 300),
    (ICD, "F17.210", "Nicotine dependence, cigarettes", 3000),
)
OBSERVATIONS = (
    ("29463-7", "Body weight", 84, "kg", 150),
    ("29463-7", "Body weight", 70, "kg", 6),
    ("8480-6", "Systolic blood pressure", 192, "mm[Hg]", 6),
    ("8462-4", "Diastolic blood pressure", 114, "mm[Hg]", 6),
    ("8310-5", "Body temperature", 39.1, "Cel", 6),
    ("4548-4", "Hemoglobin A1c", 11.2, "%", 6),
    ("2823-3", "Potassium", 6.2, "mmol/L", 6),
    ("2160-0", "Creatinine", 3.4, "mg/dL", 6),
    ("33914-3", "Glomerular filtration rate", 19, "mL/min/{1.73_m2}", 6),
    ("718-7", "Hemoglobin", 7.4, "g/dL", 6),
    ("13457-7", "LDL cholesterol", 231, "mg/dL", 6),
    ("6768-6", "Alkaline phosphatase", 512, "U/L", 6),
)
MEDICATIONS = (
    ("11289", "warfarin", 90),
    ("5640", "ibuprofen", 20),
    ("7804", "oxycodone", 15),
    ("6470", "lorazepam", 15),
)


@dataclass(frozen=True, slots=True)
class Patient:
    """One chart with its patient."""

    id: str
    resources: tuple[Resource, ...]

    def of_type(self, kind: str) -> list[Resource]:
        """Return the resources of a type."""
        return [resource for resource in self.resources if resource["resourceType"] == kind]


class NoPatient(Exception):
    """An unusable patient file. The message says why."""


def quiet_patient() -> Patient:
    """Return a patient with an empty record."""
    return Patient(QUIET, (_person(QUIET, "1984-05-02"), *_users()))


def provoking_patient(today: date) -> Patient:
    """Return a patient with recent findings, abnormal values and risky medications."""
    return Patient(PROVOKING, (_person(PROVOKING, "1961-05-02"), *_users(), *_record(today)))


def patient_from(text: bytes) -> Patient:
    """Return the first Patient of a Bundle as context.

    Raises NoPatient.
    """
    try:
        bundle = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoPatient("The patient's file is not JSON: give a FHIR Bundle.") from error
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise NoPatient("The patient's file is no FHIR Bundle.")
    entries = [entry.get("resource") for entry in bundle.get("entry") or [] if isinstance(entry, dict)]
    resources = tuple(each for each in entries if isinstance(each, dict) and isinstance(each.get("resourceType"), str))
    who = next((each for each in resources if each["resourceType"] == "Patient"), {})
    if not isinstance(who.get("id"), str):
        raise NoPatient("The Bundle holds no Patient with an id.")
    return Patient(who["id"], (*resources, *_users()))


def _person(patient_id: str, born: str) -> Resource:
    name = [{"family": "Conformance", "given": ["Invented"]}]
    return {"resourceType": "Patient", "id": patient_id, "birthDate": born, "gender": "female", "name": name}


def _users() -> Iterator[Resource]:
    for kind in USERS:
        yield {"resourceType": kind, "id": "example", "active": True}


def _record(today: date) -> Iterator[Resource]:
    for number, (system, code, display, days) in enumerate(CONDITIONS):
        yield _about("Condition", number, _concept(system, code, display)) | {
            "clinicalStatus": _concept(CLINICAL, "active", "Active"),
            "verificationStatus": _concept(VERIFIED, "confirmed", "Confirmed"),
            "recordedDate": _ago(today, days),
            "onsetDateTime": _ago(today, days),
        }
    for number, (code, display, value, unit, days) in enumerate(OBSERVATIONS):
        yield _about("Observation", number, _concept(LOINC, code, display)) | {
            "status": "final",
            "effectiveDateTime": _ago(today, days),
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        }
    for number, (code, display, days) in enumerate(MEDICATIONS):
        request = _about("MedicationRequest", number, _concept(RXNORM, code, display))
        request["medicationCodeableConcept"] = request.pop("code")
        yield request | {"status": "active", "intent": "order", "authoredOn": _ago(today, days)}
    mastectomy = _about("Procedure", 0, _concept(SNOMED, "172043006", "Simple mastectomy"))
    yield mastectomy | {"status": "completed", "performedDateTime": _ago(today, 2550)}


def _about(kind: str, number: int, code: Resource) -> Resource:
    subject = {"reference": f"Patient/{PROVOKING}"}
    return {"resourceType": kind, "id": f"conformance-{kind.lower()}-{number}", "subject": subject, "code": code}


def _concept(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _ago(today: date, days: int) -> str:
    return (today - timedelta(days=days)).isoformat()
