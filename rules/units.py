"""Units as laboratories and EHRs write them, matched with a table of factors.

Tests: tests/rules/test_units.py.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache

from rules.facts import Quantity
from rules.sheet import Factors, sheet
from rules.sites import FOLDERS

_SAME = str.maketrans(
    {"\N{SUPERSCRIPT THREE}": "^3", "\N{SUPERSCRIPT SIX}": "^6", "\N{SUPERSCRIPT NINE}": "^9"}
    | {"\N{GREEK SMALL LETTER MU}": "u", "\N{MICRO SIGN}": "u", "\N{MULTIPLICATION SIGN}": "x"}
    | {"[": None, "]": None, " ": None}
)
"""Characters of one meaning; brackets and blanks mean nothing."""
_SPELLINGS = (
    *(("**", "*"), ("10^", "10*"), ("10(3)", "10*3"), ("10(9)", "10*9"), ("x10", "10"), ("10e", "10*")),
    *(("iu/", "u/"), ("ui/", "u/"), ("units/", "u/"), ("mcl", "ul"), ("mcmol", "umol"), ("gm/", "g/")),
    ("thousand/", "k/"),
)
"""Spellings of one unit, replaced in this order."""


@lru_cache(maxsize=1024)
def normalised(unit: str) -> str:
    """Return a unit in one spelling, without case, blanks and brackets.

    UCUM has units that differ in case only; a table of one measurement has none of these.
    """
    text = unit.translate(_SAME).lower()
    for written, meant in _SPELLINGS:
        text = text.replace(written, meant)
    return text


def factor(quantity: Quantity, units: Factors) -> Decimal | None:
    """Return the factor to the rules' unit, or None for an unknown or ambiguous unit.

    Code and text that are both known must agree, and a unit of another measurement contradicts. Without any unit the
    table's empty entry counts.
    """
    return _factor(quantity.code, quantity.text, units)


@lru_cache(maxsize=1024)
def _factor(code: str | None, text: str | None, units: Factors) -> Decimal | None:
    known = _by_spelling(units)
    written = [unit for each in (code, text) if (unit := normalised(each or ""))]
    if not written:
        return known.get("")
    found = {known[unit] for unit in written if unit in known}
    is_other = any(unit not in known and unit in _recognised() for unit in written)
    return found.pop() if len(found) == 1 and not is_other else None


@cache
def _recognised() -> frozenset[str]:
    """Return the units of all measurements."""
    tables = (table for folder in FOLDERS for table in sheet(folder).units.values())
    return frozenset(normalised(unit) for table in tables for unit in table)


@lru_cache(maxsize=64)
def _by_spelling(units: Factors) -> Mapping[str, Decimal]:
    return {normalised(unit): number for unit, number in units.items()}
