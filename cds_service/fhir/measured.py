"""The commonest evidence, an Observation with a number and nothing odd about it, read without a detour.

Must not decide differently from cds_service.fhir.read: whatever is odd is left to it.
Tests: tests/service/test_measured.py holds the two against each other.
"""

import msgspec
from msgspec import Raw

from cds_service.fhir.dates import days
from cds_service.fhir.elements import OBSERVATION, UCUM, Unreadable, decode, interpretation, number, ranges, text
from cds_service.fhir.glance import Concept
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.strict_json import exact
from rules.facts import Code, Kind, Quantity, Record, Value

_ABSENT = Raw(b"")
_DIGITS = b"-0123456789"


class _Quantity(msgspec.Struct, gc=False):
    value: Raw = _ABSENT
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    comparator: str | None = None


class _Measured(msgspec.Struct, gc=False):
    """A measurement; every other element that could change how it is read stands here as a slice, to be missed."""

    status: str
    code: Concept
    effectiveDateTime: str  # noqa: N815 - FHIR's own spelling
    valueQuantity: _Quantity  # noqa: N815 - FHIR's own spelling
    referenceRange: Raw = _ABSENT  # noqa: N815 - FHIR's own spelling
    interpretation: Raw = _ABSENT
    component: Raw = _ABSENT
    contained: Raw = _ABSENT
    note: Raw = _ABSENT
    bodySite: Raw = _ABSENT  # noqa: N815 - FHIR's own spelling
    focus: Raw = _ABSENT
    modifierExtension: Raw = _ABSENT  # noqa: N815 - FHIR's own spelling
    implicitRules: Raw = _ABSENT  # noqa: N815 - FHIR's own spelling
    dataAbsentReason: Raw = _ABSENT  # noqa: N815 - FHIR's own spelling
    valueBoolean: Raw = _ABSENT  # noqa: N815 - FHIR's own spelling
    valueInteger: Raw = _ABSENT  # noqa: N815 - FHIR's own spelling
    context: Raw = _ABSENT
    related: Raw = _ABSENT
    comment: Raw = _ABSENT
    comments: Raw = _ABSENT

    @property
    def is_odd(self) -> bool:
        """Whether anything stands there that a plain measurement has not."""
        plain = self.component is self.contained is self.note is self.bodySite is self.focus is _ABSENT
        unmodified = self.modifierExtension is self.implicitRules is self.dataAbsentReason is _ABSENT
        of_r4 = self.context is self.related is self.comment is self.comments is _ABSENT
        return not (plain and unmodified and of_r4 and self.valueBoolean is self.valueInteger is _ABSENT)


_MEASURED = msgspec.json.Decoder(_Measured)


def measured(raw: Raw, reference: str, vocabulary: Vocabulary) -> Record | None:
    """Return the record of a plain measurement; None for everything that needs a closer look."""
    try:
        found = _MEASURED.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    dated, quantity = days(found.effectiveDateTime), _quantity(found.valueQuantity)
    if found.is_odd or dated is None or quantity is None or found.status not in OBSERVATION:
        return None
    codes, concepts = _listed(found.code, vocabulary)
    if not codes:
        return None
    return Record(
        reference=reference,
        kind=Kind.OBSERVATION,
        codes=codes,
        concepts=concepts,
        status=found.status,
        recorded=dated,
        value=Value(quantity=quantity),
        interpretation=frozenset() if found.interpretation is _ABSENT else interpretation(decode(found.interpretation)),
        ranges=() if found.referenceRange is _ABSENT else ranges(decode(found.referenceRange)),
    )


def _listed(concept: Concept, vocabulary: Vocabulary) -> tuple[tuple[Code, ...], frozenset[str]]:
    codings = [
        (system, code)
        for coding in concept.coding or ()
        if (system := text(coding.system)) and (code := text(coding.code))
    ]
    found = [known for system, code in codings if (known := vocabulary.listed(system, code)) is not None]
    return tuple(dict.fromkeys(code for code, _ in found)), frozenset(c for _, meant in found for c in meant)


def _quantity(given: _Quantity) -> Quantity | None:
    digits = bytes(given.value)
    if not digits or digits[0] not in _DIGITS:
        return None
    try:
        value = number(exact(digits.decode("ascii")))
    except Unreadable:
        return None
    code = given.code if given.system in (UCUM, None) else None
    return Quantity(value, text(code), text(given.unit), text(given.comparator))
