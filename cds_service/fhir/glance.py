"""The forms of a first glance at a resource: whose it is, and what decides whether it matters.

Must not hold what only a reader needs. These are made of every resource of a chart: keep them small.
Tests: tests/service/test_pool.py.
"""

from typing import Generic, TypeVar

import msgspec
from msgspec import Raw

T = TypeVar("T")
ABSENT = Raw(b"")


class Lenient(Generic[T]):
    """Reads one element; what can't be read is None."""

    def __init__(self, kind: type[T]) -> None:
        """Read elements of a type."""
        self._decoder = msgspec.json.Decoder(kind)

    def read(self, raw: Raw) -> T | None:
        """Return what the element says, None when it is not there or can't be read."""
        try:
            return self._decoder.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return None


class Reference(msgspec.Struct, gc=False):
    """A FHIR Reference."""

    reference: str | None = None


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


class Glance(msgspec.Struct, gc=False):
    """What decides whether a resource concerns anybody: its type, whose it is, and its codes.

    What comes again and again in a chart is cut out and not read here: the same text then is read once.
    """

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    subject: Raw = ABSENT
    patient: Raw = ABSENT
    code: Raw = ABSENT
    valueCodeableConcept: Raw = ABSENT  # noqa: N815 - FHIR's own spelling
    component: list[Component] | None = None
    contained: Raw = ABSENT
    effectiveDateTime: str | None = None  # noqa: N815 - FHIR's own spelling
    id: str | None = None
    medicationCodeableConcept: Raw = ABSENT  # noqa: N815 - FHIR's own spelling
    medicationReference: Reference | None = None  # noqa: N815 - FHIR's own spelling
    occurrenceDateTime: str | None = None  # noqa: N815 - FHIR's own spelling
    type: Raw = ABSENT
    """An Encounter's types; other resources have other things under that name."""
    setting: Raw = msgspec.field(name="class", default=ABSENT)
    reasonCode: Raw = ABSENT  # noqa: N815 - FHIR's own spelling
    reason: Raw = ABSENT
    """An Encounter's reasons in other releases than R4."""
    medication: Raw = ABSENT
    """A request's medication in a later release than R4."""
    reasonReference: Raw = ABSENT  # noqa: N815 - FHIR's own spelling


class Formed(Glance, gc=False):
    """The same with every element in FHIR's form each time it stands there: of a doubled one a glance sees the last."""

    subject: Reference | None = None  # type: ignore[assignment]
    patient: Reference | None = None  # type: ignore[assignment]
    code: Concept | None = None  # type: ignore[assignment]
    valueCodeableConcept: Concept | None = None  # type: ignore[assignment]  # noqa: N815 - FHIR's own spelling
    medicationCodeableConcept: Concept | None = None  # type: ignore[assignment]  # noqa: N815 - FHIR's own spelling


class Frame(msgspec.Struct, gc=False):
    """The least of a resource, its elements as they came: used when the glance can't be taken."""

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
        """The reference to whom the resource is about, when it can be read."""
        for raw in (self.subject, self.patient):
            found = _REFERENCE.read(raw)
            if found is not None and found.reference is not None:
                return found.reference
        return None


NO_RESOURCE = Glance()
"""What an entry without a resource holds."""
GLANCE = msgspec.json.Decoder(Glance)
FORMED = msgspec.json.Decoder(Formed)
CONCEPT: "msgspec.json.Decoder[Concept | None]" = msgspec.json.Decoder(Concept | None)
FRAME = Lenient(Frame)
_TEXT = Lenient(str)
_REFERENCE = Lenient(Reference)
_OWNER: "msgspec.json.Decoder[Reference | None]" = msgspec.json.Decoder(Reference | None)


def owner_of(glance: Glance) -> Reference | None:
    """Return whom a resource is about; raises msgspec.DecodeError where that has not the form of a Reference."""
    subject, patient = (None if raw is ABSENT else _OWNER.decode(raw) for raw in (glance.subject, glance.patient))
    return subject or patient


def names(glance: Glance, owner: Raw) -> bool:
    """Return whether a resource says whom it is about once, and in these very words."""
    if glance.patient is ABSENT:
        return bool(glance.subject == owner)
    return glance.subject is ABSENT and bool(glance.patient == owner)


def refuse_odd(glance: Glance) -> None:
    """Raise msgspec.DecodeError where an element that holds a code has not the form of a CodeableConcept."""
    for raw in (glance.code, glance.valueCodeableConcept, glance.medicationCodeableConcept):
        if raw is not ABSENT:
            CONCEPT.decode(raw)
