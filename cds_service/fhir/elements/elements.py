"""Lenient readers for elements of a FHIR resource.

Tests: tests/fhir/test_facts.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Raw

from cds_service.fhir.elements.dates import days
from cds_service.fhir.elements.releases import other_release
from cds_service.fhir.elements.vocabulary import Vocabulary
from cds_service.strict_json import exact, exact_integer
from rules.codes import ALIASES, catalogue
from rules.facts import Code, Days, Gap, Kind, Quantity, Range, Record, UnreadableRecord, Value

Json = Mapping[str, Any]
LARGEST = Decimal(10) ** 12
"""Largest plausible measurement."""
MOST_DIGITS = 30
OBSERVATION = frozenset(
    {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
)
"""Statuses of an Observation in FHIR R4."""
EFFECTIVE = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
"""Elements with the clinically relevant time, in order of precedence."""
Stated = Record | UnreadableRecord | Gap
"""Statement, unusable statement or missing reference of a resource."""
UCUM = "http://unitsofmeasure.org"


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
    return tuple(Code(ALIASES[system], code) for system, code in codings(concept) if system in ALIASES)


def plain_code(concept: object) -> str | None:
    """Return the first code of any system, for status elements."""
    for coding in items(obj(concept).get("coding")):
        if code := text(coding.get("code")):
            return code
    return None


def words(concept: object) -> tuple[str, ...]:
    """Return the text and displays of a CodeableConcept."""
    if not isinstance(concept, dict):
        return ()
    found = (concept.get("text"), *(coding.get("display") for coding in items(concept.get("coding"))))
    return tuple(written for each in found if (written := text(each)))


def when(value: object) -> Days | None:
    """Return a date element, or None if absent.

    Raises Unreadable for a text that is no date.
    """
    if value is None:
        return None
    found = days(value) if isinstance(value, str) else None
    if found is None:
        raise Unreadable("date")
    return found


def effective(resource: Json) -> Days | None:
    """Return the clinically relevant time (EV-2).

    Raises Unreadable.
    """
    if dated := when(resource.get("effectiveDateTime")):
        return dated
    period = obj(resource.get("effectivePeriod"))
    return (
        when(period.get("end"))
        or when(period.get("start"))
        or when(resource.get("effectiveInstant"))
        or when(resource.get("issued"))
    )


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


def quantity(value: object) -> Quantity | None:
    """Return a Quantity, or None without a number.

    Raises Unreadable for an impossible number.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Unreadable("value")
    if "value" not in value:
        return None
    code = text(value.get("code")) if value.get("system") in (UCUM, None) else None
    comparator = text(value.get("comparator"))
    return Quantity(number(value["value"]), code, text(value.get("unit")), comparator)


def number(value: object) -> Decimal:
    """Return a JSON number as Decimal.

    Raises Unreadable for other types and for numbers too large or too long.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unreadable("value")
    found = Decimal(value)
    if not found.is_finite() or abs(found) > LARGEST or len(found.as_tuple().digits) > MOST_DIGITS:
        raise Unreadable("value")
    return found


def value_of(holder: Json, vocabulary: Vocabulary) -> Value:
    """Return the value of an Observation or component.

    Raises Unreadable.
    """
    absent = "dataAbsentReason" in holder
    if isinstance(holder.get("valueBoolean"), bool):
        return Value(boolean=holder["valueBoolean"])
    if "valueInteger" in holder:
        return Value(quantity=Quantity(number(holder["valueInteger"])))
    if "valueQuantity" in holder:
        return Value(quantity=quantity(holder["valueQuantity"]), absent=absent)
    if "valueCodeableConcept" in holder:
        return _coded(holder["valueCodeableConcept"], vocabulary, absent=absent)
    if written := text(holder.get("valueString")):
        return Value(text=written)
    if any(name.startswith("value") for name in holder):
        raise Unreadable("value")
    return Value(absent=absent)


def _coded(concept: object, vocabulary: Vocabulary, *, absent: bool) -> Value:
    """Return a coded value.

    Without a known code its words count.
    """
    listed, _ = known_codes(vocabulary, concept)
    codes = dict.fromkeys((*answer_codes(concept), *listed))
    written = next(iter(words(concept)), None)
    return Value(codes=tuple(codes), text=None if listed else written, absent=absent)


def interpretation(value: object) -> frozenset[str]:
    """Return the codes of an Observation's interpretation."""
    return frozenset(code for item in items(value) if (code := plain_code(item)) is not None)


def ranges(value: object) -> tuple[Range, ...]:
    """Return the readable reference ranges."""
    return tuple(found for each in items(value) if (found := _range(each)) is not None)


def _range(each: Json) -> Range | None:
    try:
        high = quantity(each.get("high"))
        age = obj(each.get("age"))
        low_age, high_age = quantity(age.get("low")), quantity(age.get("high"))
    except Unreadable:
        return None
    applies = (word.lower() for concept in items(each.get("appliesTo")) for word in words(concept))
    return Range(
        high=high,
        type=plain_code(each.get("type")),
        applies_to=tuple(applies),
        age_low=low_age.value if low_age else None,
        age_high=high_age.value if high_age else None,
    )
