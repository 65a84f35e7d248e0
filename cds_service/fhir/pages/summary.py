"""Summaries of resources, with owner and deciding elements.

They are made of every resource and must be small.
Tests: tests/fhir/test_candidates.py.
"""

from typing import Generic, TypeVar, get_args

import msgspec
from msgspec import Raw

T = TypeVar("T")
ABSENT = Raw(b"")


class Lenient(Generic[T]):
    """Reader of one element, None if unreadable."""

    def __init__(self, kind: type[T]) -> None:
        """Read elements of a type."""
        self._decoder = msgspec.json.Decoder(kind)

    def read(self, raw: Raw) -> T | None:
        """Return the element, or None if absent or unreadable."""
        try:
            return self._decoder.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return None


class Reference(msgspec.Struct, gc=False):
    """A FHIR Reference."""

    reference: str | None = None
    identifier: Raw = ABSENT


class Coding(msgspec.Struct, gc=False):
    """A FHIR Coding without its display."""

    system: str | None = None
    code: str | None = None


class Concept(msgspec.Struct, gc=False):
    """A FHIR CodeableConcept without its text."""

    coding: list[Coding] | None = None


class Component(msgspec.Struct, gc=False):
    """A component of an Observation."""

    code: Concept | None = None
    valueCodeableConcept: Concept | None = None  # noqa: N815 - FHIR's own spelling


class ResourceSummary(msgspec.Struct, gc=False):
    """Type, owner and codes of a resource.

    Elements that repeat across a chart are kept as raw slices, so that each distinct text is decoded only once. Each
    type has its own form below, because every element takes time.
    """

    id: str | None = None
    code: Raw = ABSENT
    subject: Raw = ABSENT
    patient: Raw = ABSENT

    @property
    def resourceType(self) -> str | None:  # noqa: N802 - FHIR's own spelling
        """Its type, or None."""
        return None


class Typed(ResourceSummary, gc=False, tag_field="resourceType", tag=True):
    """A resource with a form here."""

    @property
    def resourceType(self) -> str:  # noqa: N802 - FHIR's own spelling
        """Its type, the name of its form."""
        return type(self).__name__


class Coded(Typed, gc=False):
    """A resource with deciding codes in `code` and value only."""

    effectiveDateTime: str | None = None  # noqa: N815 - FHIR's own spelling
    valueCodeableConcept: Raw = ABSENT  # noqa: N815 - FHIR's own spelling
    component: list[Component] | None = None
    contained: Raw = ABSENT


class Observation(Coded, gc=False):
    """The deciding elements of an Observation."""


class Condition(Coded, gc=False):
    """The deciding elements of a Condition."""


class Procedure(Coded, gc=False):
    """The deciding elements of a Procedure."""


class DiagnosticReport(Coded, gc=False):
    """The deciding elements of a DiagnosticReport. Its value is the list of its conclusions."""

    valueCodeableConcept: Raw = msgspec.field(name="conclusionCode", default=ABSENT)  # noqa: N815 - FHIR's own spelling


class ServiceRequest(Coded, gc=False):
    """The deciding elements of a ServiceRequest."""


class Encounter(Typed, gc=False):
    """The deciding elements of an Encounter."""

    type: Raw = ABSENT
    setting: Raw = msgspec.field(name="class", default=ABSENT)
    reasonCode: Raw = ABSENT  # noqa: N815 - FHIR's own spelling
    reasonReference: Raw = ABSENT  # noqa: N815 - FHIR's own spelling
    reason: Raw = ABSENT
    """Its reasons in other releases than R4."""


class MedicationRequest(Typed, gc=False):
    """The deciding elements of a MedicationRequest."""

    medicationCodeableConcept: Raw = ABSENT  # noqa: N815 - FHIR's own spelling
    medicationReference: Reference | None = None  # noqa: N815 - FHIR's own spelling
    medication: Raw = ABSENT
    """The drug in a later release than R4."""


class CarePlan(Typed, gc=False):
    """The deciding elements of a CarePlan."""


class ImagingStudy(Typed, gc=False):
    """The deciding elements of an ImagingStudy."""


class Immunization(Typed, gc=False):
    """The deciding elements of an Immunization."""


class QuestionnaireResponse(Typed, gc=False):
    """The deciding elements of a QuestionnaireResponse."""


class Patient(Typed, gc=False):
    """The deciding elements of a Patient."""


class Medication(Typed, gc=False):
    """The deciding elements of a Medication."""


class OperationOutcome(Typed, gc=False):
    """A remark on a search."""

    issue: Raw = ABSENT


class Other(ResourceSummary, gc=False):
    """A resource of any other type, or of none."""

    kind: str | None = msgspec.field(name="resourceType", default=None)

    @property
    def resourceType(self) -> str | None:  # noqa: N802 - FHIR's own spelling
        """Its type as it says."""
        return self.kind


KnownTypes = (
    Observation
    | Condition
    | Procedure
    | DiagnosticReport
    | ServiceRequest
    | Encounter
    | MedicationRequest
    | CarePlan
    | ImagingStudy
    | Immunization
    | QuestionnaireResponse
    | Patient
    | Medication
    | OperationOutcome
)
"""Types of nearly every chart."""


class StrictForm(msgspec.Struct, gc=False):
    """A coded resource with every repeated element in FHIR's form.

    A summary sees the last of two only.
    """

    id: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    code: Concept | None = None
    valueCodeableConcept: Concept | None = None  # noqa: N815 - FHIR's own spelling
    component: list[Component] | None = None
    effectiveDateTime: str | None = None  # noqa: N815 - FHIR's own spelling


class Frame(msgspec.Struct, gc=False):
    """Raw elements of a resource without a readable summary."""

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    id: Raw = ABSENT
    subject: Raw = ABSENT
    patient: Raw = ABSENT

    @property
    def own_id(self) -> str | None:
        """The resource's id, when it can be read."""
        return _TEXT.read(self.id)

    @property
    def owner(self) -> str | None:
        """Reference to the owner, if readable."""
        for raw in (self.subject, self.patient):
            found = _REFERENCE.read(raw)
            if found is not None and found.reference is not None:
                return found.reference
        return None


NO_RESOURCE = OperationOutcome()
"""Resource of an entry without one."""
_KNOWN: "msgspec.json.Decoder[KnownTypes]" = msgspec.json.Decoder(KnownTypes)
_OTHER = msgspec.json.Decoder(Other)
FORMED = msgspec.json.Decoder(StrictForm)
CONCEPT: "msgspec.json.Decoder[Concept | None]" = msgspec.json.Decoder(Concept | None)
FRAME = Lenient(Frame)
_TEXT = Lenient(str)
_REFERENCE = Lenient(Reference)
_NAMES = frozenset(form.__name__ for form in get_args(KnownTypes))
_CONCEPTS = ("code", "valueCodeableConcept", "medicationCodeableConcept")
_OWNER: "msgspec.json.Decoder[Reference | None]" = msgspec.json.Decoder(Reference | None)


def owner_of(glance: ResourceSummary) -> Reference | None:
    """Return the owner of a resource.

    Raises msgspec.DecodeError for another form than a Reference.
    """
    subject, patient = (None if raw is ABSENT else _OWNER.decode(raw) for raw in (glance.subject, glance.patient))
    return subject or patient


def summarise(raw: Raw) -> ResourceSummary:
    """Return the summary of a resource.

    Raises msgspec.DecodeError for a deciding element in another form.
    """
    try:
        return _KNOWN.decode(raw)
    except msgspec.ValidationError:
        other = _OTHER.decode(raw)
    if other.kind in _NAMES:
        raise msgspec.ValidationError
    return other


def names(glance: ResourceSummary, owner: Raw) -> bool:
    """Return True if a resource names its owner once, in these words."""
    if glance.patient is ABSENT:
        return bool(glance.subject == owner)
    return glance.subject is ABSENT and bool(glance.patient == owner)


def refuse_odd(glance: ResourceSummary) -> None:
    """Raise msgspec.DecodeError for an odd coded element."""
    for element in _CONCEPTS:
        raw = getattr(glance, element, ABSENT)
        if raw is not ABSENT:
            CONCEPT.decode(raw)
