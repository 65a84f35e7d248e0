"""What the synthetic charts are made of: codes, normal ranges and how often each kind of resource occurs.

Nothing here is a finding: every background code and value leaves a patient without a card.
Tests: tests/service/test_bench_charts.py.
"""

from dataclasses import dataclass
from typing import Final

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX: Final = "http://hl7.org/fhir/sid/cvx"


@dataclass(frozen=True, slots=True)
class Code:
    """One coded concept as a record would carry it."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Measure:
    """An Observation's code with its unit and normal range; values are drawn inside that range."""

    code: str
    display: str
    unit: str
    low: float
    high: float
    category: str = "laboratory"


# Share of each resource type among those sent, after the counts in public Synthea records.
MIX: Final[dict[str, float]] = {
    "Observation": 0.58,
    "Procedure": 0.14,
    "Encounter": 0.09,
    "Condition": 0.07,
    "DiagnosticReport": 0.06,
    "MedicationRequest": 0.03,
    "Immunization": 0.03,
}

WEIGHT: Final = Measure("29463-7", "Body Weight", "kg", 73.4, 74.6, "vital-signs")

MEASURES: Final = (
    WEIGHT,
    Measure("8867-4", "Heart Rate", "/min", 60, 95, "vital-signs"),
    Measure("9279-1", "Respiratory rate", "/min", 12, 18, "vital-signs"),
    Measure("8302-2", "Body height", "cm", 165.5, 166.5, "vital-signs"),
    Measure("39156-5", "Body mass index (BMI) [Ratio]", "kg/m2", 25.5, 27.5, "vital-signs"),
    Measure("2708-6", "Oxygen saturation in Arterial blood", "%", 96, 100, "vital-signs"),
    Measure("8480-6", "Systolic blood pressure", "mm[Hg]", 105, 139, "vital-signs"),
    Measure("8462-4", "Diastolic blood pressure", "mm[Hg]", 62, 89, "vital-signs"),
    Measure("8310-5", "Body temperature", "Cel", 36.2, 37.2, "vital-signs"),
    Measure("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported", "{score}", 0, 2, "vital-signs"),
    Measure("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 12.1, 15.5),
    Measure("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", 4.5, 11.0),
    Measure("789-8", "Erythrocytes [#/volume] in Blood by Automated count", "10*6/uL", 4.0, 5.2),
    Measure("787-2", "MCV [Entitic volume] by Automated count", "fL", 80, 96),
    Measure("785-6", "MCH [Entitic mass] by Automated count", "pg", 27, 33),
    Measure("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", 150, 400),
    Measure("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 36, 46),
    Measure("751-8", "Neutrophils [#/volume] in Blood by Automated count", "10*3/uL", 1.8, 7.0),
    Measure("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 7, 35),
    Measure("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 8, 33),
    Measure("6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 40, 120),
    Measure("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL", 0.2, 1.1),
    Measure("1751-7", "Albumin [Mass/volume] in Serum or Plasma", "g/dL", 3.9, 5.0),
    Measure("17861-6", "Calcium [Mass/volume] in Serum or Plasma", "mg/dL", 8.8, 10.1),
    Measure("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 0.6, 1.1),
    Measure("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 74, 106),
    Measure("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 136, 145),
    Measure("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 3.5, 5.1),
    Measure("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL", 125, 200),
    Measure("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 4.8, 5.6),
    Measure("72166-2", "Tobacco smoking status", "{pack}/a", 0, 1, "social-history"),
    Measure("93038-8", "Stress level", "{score}", 0, 2, "survey"),
    Measure("55758-7", "Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]", "{score}", 0, 2, "survey"),
    Measure("63512-8", "How many people are living or staying at this address?", "{#}", 1, 5, "survey"),
)

CONDITIONS: Final = (
    Code(SNOMED, "314529007", "Medication review due (situation)"),
    Code(SNOMED, "73595000", "Stress (finding)"),
    Code(SNOMED, "444814009", "Viral sinusitis (disorder)"),
    Code(SNOMED, "66383009", "Gingivitis (disorder)"),
    Code(ICD10CM, "I10", "Essential (primary) hypertension"),
    Code(SNOMED, "195662009", "Acute viral pharyngitis (disorder)"),
    Code(SNOMED, "224299000", "Received higher education (finding)"),
    Code(ICD10CM, "E78.5", "Hyperlipidemia, unspecified"),
    Code(SNOMED, "160903007", "Full-time employment (finding)"),
    Code(SNOMED, "714628002", "Prediabetes (finding)"),
    Code(ICD10CM, "H61.21", "Impacted cerumen, right ear"),
    Code(SNOMED, "109570002", "Primary dental caries (disorder)"),
)

PROCEDURES: Final = (
    Code(SNOMED, "171207006", "Depression screening (procedure)"),
    Code(SNOMED, "430193006", "Medication reconciliation (procedure)"),
    Code(SNOMED, "710824005", "Assessment of health and social care needs (procedure)"),
    Code(SNOMED, "76601001", "Intramuscular injection (procedure)"),
    Code(SNOMED, "103697008", "Patient referral for dental care (procedure)"),
    Code(SNOMED, "428211000124100", "Assessment of substance use (procedure)"),
    Code(SNOMED, "25656009", "Physical examination, complete (procedure)"),
    Code(SNOMED, "710841007", "Assessment of anxiety (procedure)"),
)

ENCOUNTERS: Final = (
    Code(SNOMED, "162673000", "General examination of patient (procedure)"),
    Code(SNOMED, "185347001", "Encounter for problem (procedure)"),
    Code(SNOMED, "308335008", "Patient encounter procedure (procedure)"),
    Code(SNOMED, "185349003", "Encounter for check up (procedure)"),
    Code(SNOMED, "185345009", "Encounter for symptom (procedure)"),
)

REPORTS: Final = (
    Code(LOINC, "85354-9", "Blood pressure panel with all children optional"),
    Code(LOINC, "57698-3", "Lipid panel with direct LDL - Serum or Plasma"),
    Code(LOINC, "51990-0", "Basic metabolic panel - Blood"),
    Code(LOINC, "69737-5", "Generalized anxiety disorder 7 item (GAD-7)"),
)

MEDICATIONS: Final = (
    Code(RXNORM, "314231", "Simvastatin 10 MG Oral Tablet"),
    Code(RXNORM, "313782", "Acetaminophen 325 MG Oral Tablet"),
    Code(RXNORM, "243670", "Aspirin 81 MG Oral Tablet"),
    Code(RXNORM, "312938", "Sertraline 100 MG Oral Tablet"),
)

VACCINES: Final = (
    Code(CVX, "140", "Influenza, seasonal, injectable, preservative free"),
    Code(CVX, "113", "Td (adult), 5 Lf tetanus toxoid, preservative free, adsorbed"),
    Code(CVX, "115", "Tdap"),
)
