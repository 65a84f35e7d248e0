"""Side of a statement, by code, body site, display and text in that order.

A code that names a side must win over words.
Tests: tests/fhir/test_sides.py.
"""

import re
from collections.abc import Iterable

from msgspec import Raw

from cds_service.fhir.elements.elements import Json, codings, items, obj, text
from rules.facts import Code, Side
from rules.sides import joined, only, side_in, side_of_code
from rules.systems import system_of

QUALIFIERS = frozenset({"7771000", "24028007", "51440002"})
"""Left, right, and both in SNOMED CT."""
_SAYS = re.compile(
    rb"(?i)left|right|bilat|both|link|recht|beid|bds|bodysite|extension|component|"
    rb"7771000|24028007|51440002|80248007|73056007|63762007|\\u"
)
"""Words, elements and coded values that can say a side.

A backslash may hide a letter.
"""
DEEPEST = 3
"""Levels of nested extensions that are read."""


def side_within(raw: Raw, codes: tuple[Code, ...], resource: Json) -> Side | None:
    """Return the side of a resource that says one in `code` or `bodySite`, or None.

    Most resources hold no word that could say it, so that their codes are enough.
    """
    if len(codes) == 1 and (side := side_of_code(*codes[0])) is not None:
        return side
    return side_of(codes, resource, resource.get("code")) if may_say_a_side(raw) or len(codes) > 1 else None


def may_say_a_side(raw: Raw) -> bool:
    """Return True if a resource could say a side by anything but its code."""
    return _SAYS.search(raw) is not None


def side_of(codes: Iterable[Code], resource: Json, *concepts: object, sites: Iterable[Json] = ()) -> Side | None:
    """Return the side of a statement of a resource, or None.

    `concepts` hold its code, and `sites` are places beside those of `bodySite`.
    """
    if (side := only([side_of_code(*code) for code in codes])) is not None:
        return side
    named = [obj(concept) for concept in concepts]
    places = [*items(resource.get("bodySite")), *sites]
    return (
        only([side for concept in named for side in _extended(concept)])
        or joined([*map(_coded, places), *_of_extensions(resource)])
        or joined(map(_displayed, places))
        or only(map(_displayed, named))
        or joined(map(_written, places))
        or only(map(_written, named))
        or side_in(text(resource.get("valueString")) or "")
    )


def is_side(concept: object) -> bool:
    """Return True for a coded value that is only a side."""
    return any(value in QUALIFIERS or system_of(system) is None for system, value in codings(concept)) and (
        _coded(obj(concept)) is not None
    )


def _coded(concept: Json) -> Side | None:
    """Return the side of a body site by its codes and qualifier."""
    return only([*(side_of_code(*coding) for coding in codings(concept)), *_extended(concept)])


def _extended(concept: Json) -> list[Side | None]:
    """Return the sides by extensions of a concept and its codings."""
    found = _of_extensions(concept)
    for coding in items(concept.get("coding")):
        found += _of_extensions(coding)
    return found


def _of_extensions(holder: Json, depth: int = 0) -> list[Side | None]:
    """Return the sides that coded extensions of an element name."""
    if "extension" not in holder:
        return []
    found: list[Side | None] = []
    for extension in items(holder["extension"]):
        found += [side_of_code(*coding) for coding in codings(_value(extension))]
        if depth < DEEPEST:
            found += _of_extensions(extension, depth + 1)
    return found


def _value(extension: Json) -> Json:
    """Return the coded value of an extension as a concept."""
    return obj(extension.get("valueCodeableConcept")) or {"coding": [extension.get("valueCoding")]}


def _displayed(concept: Json) -> Side | None:
    """Return the side in the displays, those of a qualifier included."""
    holders = items(concept.get("coding"))
    every = [coding.get("display") for coding in holders]
    for holder in (concept, *holders):
        if "extension" in holder:
            values = map(_value, items(holder["extension"]))
            every += [coding.get("display") for value in values for coding in items(value.get("coding"))]
    return only([side_in(display) for each in every if (display := text(each))])


def _written(concept: Json) -> Side | None:
    return side_in(concept["text"]) if text(concept.get("text")) else None
