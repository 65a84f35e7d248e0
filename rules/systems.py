"""Code systems by every name that records give them, and codes in one form.

A name that is not listed must be no system, and a code must not be guessed.
Tests: tests/rules/test_systems.py.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from rules.facts import Code, System

SYSTEMS: Mapping[str, System] = MappingProxyType(
    {
        "icd-10-cm": System.ICD10CM,
        "snomed": System.SNOMED,
        "loinc": System.LOINC,
        "rxnorm": System.RXNORM,
        "v2-0136": System.YES_NO,
        "v2-0532": System.EXPANDED_YES_NO,
        "v3-NullFlavor": System.NULL_FLAVOR,
        "data-absent-reason": System.DATA_ABSENT_REASON,
        "v3-ObservationInterpretation": System.INTERPRETATION,
    }
)
_OIDS = {
    System.ICD10CM: "2.16.840.1.113883.6.90",
    System.SNOMED: "2.16.840.1.113883.6.96",
    System.LOINC: "2.16.840.1.113883.6.1",
    System.RXNORM: "2.16.840.1.113883.6.88",
    System.YES_NO: "2.16.840.1.113883.12.136",
    System.EXPANDED_YES_NO: "2.16.840.1.113883.12.532",
    System.NULL_FLAVOR: "2.16.840.1.113883.5.1008",
    System.INTERPRETATION: "2.16.840.1.113883.5.83",
}
_FORMER = {
    System.DATA_ABSENT_REASON.value: System.DATA_ABSENT_REASON,
    "http://hl7.org/fhir/v2/0136": System.YES_NO,
    "http://hl7.org/fhir/v2/0532": System.EXPANDED_YES_NO,
    "http://hl7.org/fhir/v3/NullFlavor": System.NULL_FLAVOR,
    "http://hl7.org/fhir/data-absent-reason": System.DATA_ABSENT_REASON,
    "http://hl7.org/fhir/v3/ObservationInterpretation": System.INTERPRETATION,
    "http://hl7.org/fhir/v2/0078": System.INTERPRETATION,
    "http://terminology.hl7.org/CodeSystem/v2-0078": System.INTERPRETATION,
}
"""URLs without an OID, of earlier FHIR releases, and of HL7 v2's table of the same flags."""
ALIASES: Mapping[str, System] = MappingProxyType(
    {
        form: system
        for system, oid in _OIDS.items()
        for form in (system.value, f"{system.value}/", f"urn:oid:{oid}", oid)
    }
    | _FORMER
)
"""Exact forms of a system in records.

They are its URL, with or without a final slash, and its OID, with or without prefix.
"""
SHAPES = {
    System.ICD10CM: re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?(-[A-Z][0-9][0-9A-Z])?"),
    System.SNOMED: re.compile(r"[1-9][0-9]{5,17}"),
    System.LOINC: re.compile(r"([1-9][0-9]{0,6}-[0-9])|(LA[0-9]+-[0-9])"),
    System.RXNORM: re.compile(r"[1-9][0-9]{0,7}"),
    **dict.fromkeys(
        (System.YES_NO, System.EXPANDED_YES_NO, System.NULL_FLAVOR, System.INTERPRETATION), re.compile(r"[A-Z]{1,5}")
    ),
    System.DATA_ABSENT_REASON: re.compile(r"[a-z]+(-[a-z]+)*"),
}
_SPOKEN = {
    System.ICD10CM: ("ICD-10-CM", "ICD10CM", "http://terminology.hl7.org/CodeSystem/icd10CM"),
    System.SNOMED: ("SNOMED-CT", "SNOMEDCT", "SNOMED CT", "SNOMED", "http://fhir.de/CodeSystem/sct"),
    System.LOINC: ("LOINC",),
    System.RXNORM: ("RxNorm",),
}
"""Further names of a system in records."""
CATEGORY_LENGTH = 3
"""ICD-10-CM categories have three characters."""
_SCHEME = re.compile(r"^https?://(www\.)?")
_EDITION = re.compile(r"snomed\.info/sct/")
"""Begin of a SNOMED CT edition, which belongs in Coding.version."""
_LONG = re.compile(r"[A-Z][0-9][0-9A-Z]\.?[0-9A-Z]{2,4}")
"""Code of five to seven characters, as only ICD-10-CM has them."""
_LOWER_CASE = frozenset({System.DATA_ABSENT_REASON})
"""Systems whose codes have small letters."""


def _plain(name: str) -> str:
    """Return a name without scheme, version, final slash and capitals."""
    return _SCHEME.sub("", name.strip().lower()).partition("|")[0].rstrip("/")


_NAMES: Mapping[str, System] = MappingProxyType(
    {_plain(form): system for form, system in ALIASES.items()}
    | {_plain(name): system for system, names in _SPOKEN.items() for name in names}
)
_ANY_ICD10 = frozenset(
    map(_plain, ("http://hl7.org/fhir/sid/icd-10", "http://terminology.hl7.org/CodeSystem/icd10", "ICD10", "ICD-10"))
)
"""Names of ICD-10 that are also given to codes of ICD-10-CM."""


@lru_cache(maxsize=1024)
def system_of(written: str) -> System | None:
    """Return the system that a record names, or None.

    It is known by its URL, its OID or its usual name.
    """
    name = _plain(written)
    return System.SNOMED if _EDITION.match(name) else _NAMES.get(name)


@lru_cache(maxsize=16384)
def read_code(system: str, value: str) -> Code | None:
    """Return a code in its one form, or None for an unknown system.

    Blanks, a final dot or dash and the case of letters make no difference.
    """
    known, code = system_of(system), trimmed(value)
    if known is None and _plain(system) in _ANY_ICD10 and _LONG.fullmatch(code):
        known = System.ICD10CM
    if known is None:
        return None
    if known in _LOWER_CASE:
        return Code(known, value.strip().lower())
    return Code(known, _dotted(code) if known is System.ICD10CM else code)


def trimmed(value: str) -> str:
    """Return a code in capitals without blanks and a final dot or dash."""
    return "".join(value.split()).rstrip(".-").upper()


def _dotted(value: str) -> str:
    """Return an ICD-10-CM code with its dot."""
    if len(value) > CATEGORY_LENGTH and value[CATEGORY_LENGTH] != ".":
        return f"{value[:CATEGORY_LENGTH]}.{value[CATEGORY_LENGTH:]}"
    return value
