"""Sides by code and by words, and their comparison (EV-5, WORKUP-2).

A code that names no side has none.
Tests: tests/rules/test_sides.py.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from rules.codes import catalogue
from rules.facts import Code, Side, System
from rules.systems import SYSTEMS, read_code

LEFT_AND_RIGHT = frozenset({Side.LEFT, Side.RIGHT})
BY_DISPLAY = frozenset({System.SNOMED, System.LOINC})
"""Systems whose listed displays say the side."""
_LEFT = re.compile(r"\b(left|links|linke[nmrs]?|linksseitige?[nmrs]?)\b")
_RIGHT = re.compile(r"\b(right|rechts|rechte[nmrs]?|rechtsseitige?[nmrs]?)\b")
_BOTH = re.compile(
    r"\b(bilateral|both|beidseits|beidseitige?[nmrs]?|bds|beide[nmrs]?"
    r"|(left|right|links|rechts|linke[nmrs]?|rechte[nmrs]?) (and|und|&|\+) "
    r"(left|right|links|rechts|linke[nmrs]?|rechte[nmrs]?))\b"
)
_QUADRANT = re.compile(r"\b(left|right) (upper|lower) (quadrant|abdom\w*)|\b(linke|rechte)[nmrs]? (ober|unter)bauch\w*")
"""Quarters of the abdomen, which are no sides."""
_DENIED = re.compile(r"\b(no|not|without|never|denies|kein|keine|nicht|ohne) (\w+ ){0,2}$")


@cache
def _table() -> Mapping[tuple[str, str], tuple[Side, str]]:
    """Return side and display by system and code, read once."""
    text = (files("rules") / "laterality.csv").read_text(encoding="utf-8-sig")
    return {
        (SYSTEMS.get(row["system"], row["system"]), row["code"]): (Side(row["side"]), row["display"])
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _shortened() -> Mapping[str, Side]:
    """Return the side common to all codes below a shortened ICD-10-CM code."""
    found: dict[str, list[Side]] = {}
    for (system, value), (side, _) in _table().items():
        for length in range(4, len(value)) if system == System.ICD10CM else ():
            found.setdefault(value[:length].rstrip("."), []).append(side)
    agreed = {prefix: frozenset(sides) for prefix, sides in found.items() if len(sides) > 1}
    return {prefix: next(iter(sides)) for prefix, sides in agreed.items() if len(sides) == 1}


@lru_cache(maxsize=4096)
def side_of_code(system: str, value: str) -> Side | None:
    """Return the side that a code itself names, or None.

    A shortened ICD-10-CM code has the side of all codes below it.
    """
    code = read_code(system, value)
    found = _table().get(code or (system, value.strip()))
    if found is not None:
        return found[0]
    if code is None:
        return None
    if code.system is System.ICD10CM:
        return _shortened().get(code.value)
    display = catalogue().own_display(code) if code.system in BY_DISPLAY else None
    return side_in(display) if display else None


@lru_cache(maxsize=4096)
def own_display(code: Code) -> str | None:
    """Return the display of exactly this code, or None."""
    found = _table().get((code.system, code.value))
    return catalogue().own_display(code) or (found[1] if found else None)


@lru_cache(maxsize=4096)
def side_in(text: str) -> Side | None:
    """Return the side that a text names, in English or German.

    Left beside right counts as both only where the text joins them.
    """
    said = _QUADRANT.sub(" ", " ".join(text.lower().replace("-", " ").split()))
    if _names(_BOTH, said):
        return Side.BOTH
    left, right = _names(_LEFT, said), _names(_RIGHT, said)
    if left == right:
        return None
    return Side.LEFT if left else Side.RIGHT


def _names(pattern: re.Pattern[str], said: str) -> bool:
    return any(_DENIED.search(said[: hit.start()]) is None for hit in pattern.finditer(said))


def only(sides: Iterable[Side | None]) -> Side | None:
    """Return the one side of several statements about one thing.

    Left beside right is a contradiction, so unknown.
    """
    named = set(sides)
    named.discard(None)
    if len(named) == 1:
        return named.pop()
    return Side.BOTH if Side.BOTH in named else None


def joined(sides: Iterable[Side | None]) -> Side | None:
    """Return the side of several things together."""
    named = set(sides)
    named.discard(None)
    return Side.BOTH if len(named) > 1 else next(iter(named), None)


def parts(side: Side | None) -> tuple[Side, ...]:
    """Return left and right as far as a side holds them."""
    if side is None:
        return ()
    return (Side.LEFT, Side.RIGHT) if side is Side.BOTH else (side,)


def may_be(one: Side | None, other: Side | None) -> bool:
    """Return True unless two sides exclude each other."""
    return one is None or other is None or Side.BOTH in (one, other) or one is other


def covers(wide: Side | None, narrow: Side | None) -> bool:
    """Return True if a statement holds for all of the other's side.

    Without a side it holds for both.
    """
    return wide is None or wide is Side.BOTH or wide is narrow
