"""Lenient readers of values, quantities and reference ranges.

Tests: tests/fhir/test_values.py.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from cds_service.fhir.elements.elements import (
    Json,
    Unreadable,
    answer_codes,
    items,
    known_codes,
    obj,
    text,
    words,
)
from cds_service.fhir.elements.vocabulary import Vocabulary
from rules.facts import Quantity, Range, Value

LARGEST = Decimal(10) ** 12
"""Largest plausible measurement."""
MOST_DIGITS = 30
UCUM = "http://unitsofmeasure.org"
UCUM_NAMES = frozenset({None, UCUM, f"{UCUM}/", "https://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8", "UCUM"})
"""Forms of UCUM's system in records, and none."""
COMPARATORS = frozenset({"<", "<=", ">=", ">"})
"""Comparators of a Quantity in FHIR R4."""
NORMAL = "normal"
_WORD = re.compile(r"\w+")
_A_YEAR = {"a": 1, "y": 1, "yr": 1, "year": 1, "jahr": 1, "jahre": 1, "mo": 12, "month": 12, "monat": 12, "monate": 12}
_A_YEAR |= {"wk": 52, "week": 52, "woche": 52, "wochen": 52, "d": 365, "day": 365, "tag": 365, "tage": 365}
"""Units of an age, and how many of them are a year."""
_OTHER_RANGES = ("critical", "panic", "alert", "therapeutic", "treatment", "target", "recommended", "toxic")
"""Words of reference ranges that say nothing of healthy people."""


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
    code = text(value.get("code")) if value.get("system") in UCUM_NAMES else None
    comparator = text(value.get("comparator"))
    if comparator is not None and comparator not in COMPARATORS:
        raise Unreadable("value")
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
    """Return every code of an Observation's interpretation."""
    codings_ = (coding for item in items(value) for coding in items(item.get("coding")))
    return frozenset(code.strip() for coding in codings_ if (code := text(coding.get("code"))) is not None)


def ranges(value: object) -> tuple[Range, ...]:
    """Return the readable reference ranges."""
    return tuple(found for each in items(value) if (found := _range(each)) is not None)


def _range(each: Json) -> Range | None:
    try:
        high = quantity(each.get("high"))
        age = obj(each.get("age"))
        low_age, high_age = _years(quantity(age.get("low"))), _years(quantity(age.get("high")))
    except Unreadable:
        return None
    return Range(
        high=high,
        type=_range_type(each),
        applies_to=tuple(_population(each)),
        age_low=low_age,
        age_high=high_age,
    )


def _population(each: Json) -> Iterator[str]:
    """Yield the words and codes of the people for whom a range holds, in small letters."""
    for concept in items(each.get("appliesTo")):
        for word in (*words(concept), *(text(coding.get("code")) for coding in items(concept.get("coding")))):
            if word is not None:
                yield from _WORD.findall(word.lower())


def _years(age: Quantity | None) -> Decimal | None:
    """Return an age in years, None for an unknown unit."""
    a_year = None if age is None else _A_YEAR.get((age.unit or "a").strip().lower().rstrip("s"))
    return age.value / a_year if age is not None and a_year is not None else None


def _range_type(each: Json) -> str | None:
    """Return normal or another type of a reference range, None if unstated.

    All codings count, then the words of the type, then those of the range.
    """
    if "type" not in each and "text" not in each:
        return None
    given = items(obj(each.get("type")).get("coding"))
    codes = [code.strip().lower() for coding in given if (code := text(coding.get("code")))]
    if codes:
        return NORMAL if NORMAL in codes else codes[0]
    for written in (words(each.get("type")), (text(each.get("text")) or "",)):
        said = " ".join(written).lower()
        other = next((word for word in _OTHER_RANGES if word in said), None)
        if other is not None or NORMAL in said:
            return other or NORMAL
    return text(obj(each.get("type")).get("text"))
