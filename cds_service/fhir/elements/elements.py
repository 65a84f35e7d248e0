"""Lenient readers for elements of a FHIR resource.

Tests: tests/fhir/test_facts.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from cds_service.fhir.elements.dates import FIRST_SURE_YEAR, LAST_YEAR, days, is_filler
from cds_service.fhir.elements.releases import other_release
from cds_service.fhir.elements.vocabulary import Vocabulary
from cds_service.strict_json import exact, exact_integer
from rules.codes import catalogue
from rules.facts import Code, Days, Gap, Kind, Record, System, UnreadableRecord
from rules.systems import read_code, system_of

Json = Mapping[str, Any]
OBSERVATION = frozenset(
    {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
)
"""Statuses of an Observation in FHIR R4."""
EFFECTIVE = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming", "issued")
"""Elements with the clinically relevant time, in order of precedence."""
Stated = Record | UnreadableRecord | Gap
"""Statement, unusable statement or missing reference of a resource."""
HL7 = ("http://terminology.hl7.org/", "http://hl7.org/fhir/")
"""Beginnings of HL7's systems of status codes."""
NO_VALUE_SYSTEMS = frozenset({System.NULL_FLAVOR, System.DATA_ABSENT_REASON})
"""Systems of reasons in place of a value."""


_JSON = msgspec.json.Decoder(float_hook=exact)
_PATIENT = json.JSONDecoder(parse_float=exact, parse_int=exact_integer)
"""Decoder for texts that the fast decoder refuses.

An integer of five thousand digits is one.
"""


class Unreadable(Exception):
    """An unreadable deciding element.

    The text is a stable code.
    """


def decode(raw: Raw | bytes) -> object:
    """Return the decoded JSON with exact decimals, or None."""
    try:
        return _JSON.decode(raw)
    except RecursionError:
        return None
    except msgspec.DecodeError:
        return _decode_patiently(raw)


def _decode_patiently(raw: Raw | bytes) -> object:
    try:
        return _PATIENT.decode(bytes(raw).decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def obj(value: object) -> Json:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[Json]:
    """Return the objects of a list, or a single object in a tuple."""
    if value is None:
        return ()
    if isinstance(value, dict):
        return (value,)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else ()


def text(value: object) -> str | None:
    """Return a non-empty string, else None."""
    return value if isinstance(value, str) and value.strip() else None


def codings(concept: object) -> Iterator[tuple[str, str]]:
    """Yield system and code of each coding as written."""
    for coding in items(obj(concept).get("coding")):
        system, code = text(coding.get("system")), text(coding.get("code"))
        if system and code:
            yield system, code


def known_codes(vocabulary: Vocabulary, *concepts: object) -> tuple[tuple[Code, ...], frozenset[str]]:
    """Return the listed codes and their concepts."""
    codes: list[Code] = []
    meant: set[str] = set()
    for concept in concepts:
        for system, value in codings(concept):
            found = vocabulary.listed(system, value)
            if found is not None:
                codes.append(found[0])
                meant.update(found[1])
    return tuple(dict.fromkeys(codes)), frozenset(meant)


def known_findings(vocabulary: Vocabulary, *concepts: object) -> tuple[tuple[Code, ...], frozenset[str]]:
    """Return the listed codes and concepts of findings.

    History, treatment and explanations are left out.
    """
    codes, meant = known_codes(vocabulary, *concepts)
    findings = catalogue().findings
    return tuple(code for code in codes if not findings.isdisjoint(catalogue().concepts(code))), meant & findings


def answer_codes(concept: object) -> tuple[Code, ...]:
    """Return every code in a system of the knowledge, listed or unlisted."""
    return tuple(code for coding in codings(concept) if (code := read_code(*coding)) is not None)


def says_nothing(concept: object) -> bool:
    """Return True for a coded reason in place of a value, whichever it is."""
    systems = (system_of(text(coding.get("system")) or "") for coding in items(obj(concept).get("coding")))
    return not NO_VALUE_SYSTEMS.isdisjoint(systems)


def plain_code(concept: object) -> str | None:
    """Return the first code of any system, for status elements."""
    return next(iter(_codes(concept)), None)


def status_code(concept: object, allowed: frozenset[str]) -> str | None:
    """Return the one allowed code of a status, else its first code.

    HL7's systems come first. Raises Unreadable for two allowed codes that contradict each other.
    """
    codings_ = items(obj(concept).get("coding"))
    if len(codings_) == 1 and isinstance(only := codings_[0].get("code"), str) and only in allowed:
        return only
    given = [each for each in codings_ if text(each.get("code"))]
    standard = [each for each in given if str(each.get("system")).startswith(HL7)]
    for group in (standard, given):
        found = {str(each["code"]).strip() for each in group} & allowed
        if len(found) > 1:
            raise Unreadable("status")
        if found:
            return found.pop()
    return plain_code(concept)


def _codes(concept: object) -> Iterator[str]:
    for coding in items(obj(concept).get("coding")):
        if code := text(coding.get("code")):
            yield code.strip()


def words(concept: object) -> tuple[str, ...]:
    """Return the text and displays of a CodeableConcept."""
    if not isinstance(concept, dict):
        return ()
    found = (concept.get("text"), *(coding.get("display") for coding in items(concept.get("coding"))))
    return tuple(written for each in found if (written := text(each)))


def when(value: object) -> Days | None:
    """Return a date element, or None if absent or a filler.

    Raises Unreadable for a text that is no date.
    """
    if value is None:
        return None
    found = days(value) if isinstance(value, str) else None
    if found is None:
        raise Unreadable("date")
    if FIRST_SURE_YEAR <= found.first.year <= LAST_YEAR:
        return found
    return None if is_filler(found) else found


def notes(resource: Json) -> tuple[str, ...]:
    """Return the texts of the notes."""
    return tuple(written for note in items(resource.get("note")) if (written := text(note.get("text"))))


def contained(resource: Json, kind: str) -> dict[str, Json]:
    """Return contained resources of a type by their local reference."""
    inside = (each for each in items(resource.get("contained")) if each.get("resourceType") == kind)
    return {f"#{each.get('id')}": each for each in inside}


def refusal(resource: Json, *, has_subject: bool = True) -> str | None:
    """Return the reason to refuse a resource, or None.

    Unknown modifiers, other releases and missing subjects are reasons. A Condition of another release is only marked by
    its reader, so that a cancer stays a cancer.
    """
    if resource.get("modifierExtension") or resource.get("implicitRules"):
        return "modifier"
    if resource.get("resourceType") != Kind.CONDITION and (release := other_release(resource)):
        return release
    return None if has_subject else "no-subject"


def reference_to(kind: str, resource_id: str | None) -> str:
    """Return the relative reference of a resource.

    Without an id it ends with a slash.
    """
    return f"{kind}/{resource_id or ''}"


def shared_by_all(
    kind: Kind, resource_id: str | None, resource: Json, statuses: frozenset[str], *dates: object
) -> Record:
    """Return the common part of a resource's records.

    It has the status and the first of the dates, and no finding yet. An unreadable part marks it as broken.
    """
    status = text(resource.get("status"))
    broken = None if status in statuses else "status"
    try:
        dated = next((found for each in dates if (found := when(each))), None)
    except Unreadable as error:
        broken, dated = str(error), None
    return Record(
        reference_to(kind.value, resource_id), kind, (), frozenset(), status=status, recorded=dated, broken=broken
    )
