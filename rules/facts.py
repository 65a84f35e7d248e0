"""What a rule may know of a patient: dated, coded, sourced statements, and what could not be read.

Must not read FHIR, the clock or a file: `cds_service.fhir.reading.facts` makes these, the caller passes the date.
Tests: tests/rules/test_facts.py and every rule's cases.yaml.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class System(StrEnum):
    """The coding systems the knowledge is written in, by their canonical URL."""

    ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
    SNOMED = "http://snomed.info/sct"
    LOINC = "http://loinc.org"
    RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


class Code(NamedTuple):
    """A code in its system; a code without its system is not a code."""

    system: System
    value: str


class Days(NamedTuple):
    """A FHIR date as the first and the last day it may mean (equal for a full date)."""

    first: date
    last: date


class Kind(StrEnum):
    """The FHIR resource type a statement comes from."""

    CONDITION = "Condition"
    OBSERVATION = "Observation"
    PROCEDURE = "Procedure"
    MEDICATION_REQUEST = "MedicationRequest"
    SERVICE_REQUEST = "ServiceRequest"
    DIAGNOSTIC_REPORT = "DiagnosticReport"
    IMAGING_STUDY = "ImagingStudy"
    ENCOUNTER = "Encounter"
    IMMUNIZATION = "Immunization"
    CARE_PLAN = "CarePlan"
    QUESTIONNAIRE_RESPONSE = "QuestionnaireResponse"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as recorded, with its UCUM code or, failing that, its unit text; `comparator` is one of < <= >= >."""

    value: Decimal
    code: str | None = None
    text: str | None = None
    comparator: str | None = None

    @property
    def unit(self) -> str | None:
        """The UCUM code, else the unit text, else None."""
        return self.code or self.text


@dataclass(frozen=True, slots=True)
class Range:
    """One reference range of an Observation: its upper limit, and for whom it holds (ages in years)."""

    high: Quantity | None
    type: str | None = None
    applies_to: tuple[str, ...] = ()
    age_low: Decimal | None = None
    age_high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """What an Observation found: at most one of the forms is set; none of them means that no value was recorded."""

    boolean: bool | None = None
    codes: tuple[Code, ...] = ()
    quantity: Quantity | None = None
    text: str | None = None
    absent: bool = False
    """A dataAbsentReason stands in place of a value."""
    unreadable: str | None = None
    """A number that is none (1e400), by reason."""

    @property
    def given(self) -> bool:
        """Whether any value was recorded."""
        return self.boolean is not None or bool(self.codes) or self.quantity is not None or self.text is not None


NO_VALUE = Value()


@dataclass(frozen=True, slots=True)
class Record:
    """One resource, or one part of it (a component, a reason, an answer), that holds a code of the knowledge."""

    reference: str
    kind: Kind
    codes: tuple[Code, ...]
    concepts: frozenset[str]
    status: str | None = None
    clinical_status: str | None = None
    verification: str | None = None
    categories: frozenset[str] = frozenset()
    recorded: Days | None = None
    """Observation: when it was true of the patient; Condition: when it was written down; an answer: when it was given;
    reason of a visit: when the visit began; else when done or ordered."""
    onset: Days | None = None
    abatement: Days | None = None
    abated: bool = False
    value: Value = NO_VALUE
    interpretation: frozenset[str] = frozenset()
    severity: tuple[Code, ...] = ()
    texts: tuple[str, ...] = ()
    """Value, note and severity texts, for the word tests of rules.md EV-7 and EV-10; never shown."""
    sites: tuple[str, ...] = ()
    """Body site texts and displays."""
    ranges: tuple[Range, ...] = ()
    ongoing: bool = False
    """A period that has begun and has no end."""
    broken: str | None = None
    """Which decisive field can't be read ("date", "value"): such a record makes no finding, and that is said."""


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A resource that speaks of known concepts but whose decisive fields can't be read."""

    reference: str
    kind: str
    concepts: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A source that was not seen, or seen in part: the resource type and a stable reason."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """What rules may know of the patient: no name, no identifier."""

    born: Days | None = None
    sex: str | None = None
    deceased: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one patient, in a fixed order."""

    person: Person = field(default_factory=Person)
    records: tuple[Record, ...] = ()
    unreadable: tuple[UnreadableRecord, ...] = ()
    gaps: tuple[Gap, ...] = ()
    partial: tuple[Gap, ...] = ()
    """Sources whose recent part is complete but whose earlier records were not read."""
