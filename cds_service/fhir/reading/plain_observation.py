"""Fast reader of plain measurements.

It must agree with cds_service.fhir.reading.observation and leave everything odd to it.
Tests: tests/fhir/test_plain_observation.py holds the two against each other.
"""

import re
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from cds_service.fhir.elements.dates import days, is_filler
from cds_service.fhir.elements.elements import OBSERVATION, decode, text
from cds_service.fhir.elements.values import UCUM_NAMES, interpretation, ranges
from cds_service.fhir.elements.vocabulary import Vocabulary
from cds_service.fhir.pages.summary import Concept
from rules.codes import catalogue
from rules.facts import Code, Kind, Quantity, Record, Value

_ABSENT = Raw(b"")
_NUMBER = re.compile(rb"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
"""Usual form of a measured number, short and without exponent."""


class _Quantity(msgspec.Struct, gc=False):
    value: Raw = _ABSENT
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    comparator: Literal["<", "<=", ">=", ">"] | None = None


_Never = Literal["\x00 no resource has this \x00"]
"""Type of an element that must be absent."""


class _Measured(msgspec.Struct, gc=False):
    """A measurement without elements that could change its meaning."""

    status: str
    code: Concept
    effectiveDateTime: str  # noqa: N815 - FHIR's own spelling
    valueQuantity: _Quantity  # noqa: N815 - FHIR's own spelling
    referenceRange: Raw = _ABSENT  # noqa: N815 - FHIR's own spelling
    interpretation: Raw = _ABSENT
    component: _Never | UnsetType = UNSET
    contained: _Never | UnsetType = UNSET
    note: _Never | UnsetType = UNSET
    bodySite: _Never | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    focus: _Never | UnsetType = UNSET
    modifierExtension: _Never | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    implicitRules: _Never | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    dataAbsentReason: _Never | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    valueBoolean: _Never | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    valueInteger: _Never | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    context: _Never | UnsetType = UNSET
    related: _Never | UnsetType = UNSET
    comment: _Never | UnsetType = UNSET
    comments: _Never | UnsetType = UNSET


_MEASURED = msgspec.json.Decoder(_Measured)


def read_plain_observation(raw: Raw, reference: str, vocabulary: Vocabulary) -> Record | None:
    """Return the record of a plain measurement, else None."""
    try:
        found = _MEASURED.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    dated, quantity = days(found.effectiveDateTime), _quantity(found.valueQuantity)
    if dated is None or is_filler(dated) or quantity is None or found.status not in OBSERVATION:
        return None
    codes, concepts = _listed(found.code, vocabulary)
    if not codes or not concepts.isdisjoint(catalogue().placed):
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
    codes: dict[Code, None] = {}
    meant: set[str] = set()
    for coding in concept.coding or ():
        known = vocabulary.listed(coding.system, coding.code) if coding.system and coding.code else None
        if known is not None:
            codes[known[0]] = None
            meant.update(known[1])
    return tuple(codes), frozenset(meant)


def _quantity(given: _Quantity) -> Quantity | None:
    digits = bytes(given.value)
    if _NUMBER.fullmatch(digits) is None:
        return None
    code = given.code if given.system in UCUM_NAMES else None
    return Quantity(Decimal(digits.decode("ascii")), text(code), text(given.unit), given.comparator)
