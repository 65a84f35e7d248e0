"""Facts of one patient, dated, coded and sourced.

cds_service.fhir.reading.facts makes them, and the caller passes the date.
Tests: tests/rules/test_facts.py and every rule's cases.yaml.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class System(StrEnum):
    """Coding systems of the knowledge by canonical URL."""

    ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
    SNOMED = "http://snomed.info/sct"
    LOINC = "http://loinc.org"
    RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
    YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
    EXPANDED_YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0532"
    NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
    DATA_ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


class Code(NamedTuple):
    """A code with its system."""

    system: System
    value: str


class Side(StrEnum):
    """Side of the body that a statement is about."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Days(NamedTuple):
    """First and last possible day of a FHIR date.

    They are equal for a full date.
    """

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
    """A recorded number with its unit.

    `code` is UCUM, `text` the written unit; `comparator` is one of < <= >= >.
    """

    value: Decimal
    code: str | None = None
    text: str | None = None
    comparator: str | None = None

    @property
    def unit(self) -> str | None:
        """UCUM code, else unit text, else None."""
        return self.code or self.text


@dataclass(frozen=True, slots=True)
class Range:
    """Upper reference limit with its conditions, ages in years."""

    high: Quantity | None
    type: str | None = None
    applies_to: tuple[str, ...] = ()
    age_low: Decimal | None = None
    age_high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """Value of an Observation in at most one form.

    Without any form no value was recorded.
    """

    boolean: bool | None = None
    codes: tuple[Code, ...] = ()
    quantity: Quantity | None = None
    text: str | None = None
    absent: bool = False
    """True if a dataAbsentReason replaces the value."""
    unreadable: str | None = None
    """Reason of an impossible number, such as 1e400."""

    @property
    def given(self) -> bool:
        """True if any value was recorded."""
        return self.boolean is not None or bool(self.codes) or self.quantity is not None or self.text is not None


NO_VALUE = Value()


@dataclass(frozen=True, slots=True)
class Record:
    """One resource, or a part of it, with a listed code.

    A part is a component, a reason or an answer.
    """

    reference: str
    kind: Kind
    codes: tuple[Code, ...]
    concepts: frozenset[str]
    status: str | None = None
    clinical_status: str | None = None
    verification: str | None = None
    categories: frozenset[str] = frozenset()
    recorded: Days | None = None
    """Day of the statement by resource type.

    Observation: clinically relevant time. Condition: recording. Answer: authored. Reason of a visit: its beginning.
    Others: performed or ordered.
    """
    onset: Days | None = None
    abatement: Days | None = None
    abated: bool = False
    value: Value = NO_VALUE
    interpretation: frozenset[str] = frozenset()
    severity: tuple[Code, ...] = ()
    texts: tuple[str, ...] = ()
    """Value, note and severity texts for word tests, never shown.

    EV-7 and EV-10 read them.
    """
    sites: tuple[str, ...] = ()
    """Body site texts and displays."""
    side: Side | None = None
    """Side by code, coded body site, display or text, None if unknown."""
    ranges: tuple[Range, ...] = ()
    ongoing: bool = False
    """True for a period without an end."""
    date_unread: bool = False
    """True if a date is there and unreadable.

    The record counts like an undated one, and the trace names it.
    """
    broken: str | None = None
    """Unreadable deciding field, such as "date" or "value".

    Such a record makes no finding, and the card or trace names it.
    """


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A resource of known concepts with unreadable deciding fields."""

    reference: str
    kind: str
    concepts: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Gap:
    """An unread or partly read source with a stable reason."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """Birth, sex and death without name or identifier."""

    born: Days | None = None
    sex: str | None = None
    deceased: bool = False
    died: Days | None = None
    """Day of death, which is unknown if it lies in the future."""
    death_unread: bool = False
    """True if the date of death stands in for an unknown one."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one patient in a fixed order."""

    person: Person = field(default_factory=Person)
    records: tuple[Record, ...] = ()
    unreadable: tuple[UnreadableRecord, ...] = ()
    gaps: tuple[Gap, ...] = ()
    partial: tuple[Gap, ...] = ()
    """Sources without their earlier records."""
