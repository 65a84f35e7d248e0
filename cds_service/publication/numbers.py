"""Limits in words with value, unit and basis.

Tests: tests/docs/test_publications.py.
"""

import re
from dataclasses import dataclass

from cards.concepts import own_names
from rules.explain.sources import source
from rules.sheet import Limit, sheet

UNITS = {
    "d": "days",
    "a": "years",
    "mo": "months",
    "ULN": "x upper limit",
    "words": "words",
    "1": "",
    "/min": "a minute",
    "mm[Hg]": "mmHg",
    "10*9/L": "x 10^9/L",
    "kg/m2": "kg/m²",
}
BASES = {
    "OP": "operational choice",
    "GCK": "general clinical knowledge",
    "-": "technical",
}
LABORATORY = "lab_"
_SOURCE = re.compile(r"S[0-9]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A limit as people read it."""

    name: str
    what: str
    value: str
    basis: str
    earlier: tuple[str, ...] = ()
    """Former values with their last days."""


def numbers(folder: str) -> tuple[Number, ...]:
    """Return the limits of a sheet in its order."""
    return tuple(_number(folder, name, limit) for name, limit in sheet(folder).limits.items())


def _number(folder: str, name: str, limit: Limit) -> Number:
    earlier = tuple(f"{_with_unit(str(f.value), limit.unit)} until {f.until.isoformat()}" for f in limit.earlier)
    at = name.find(LABORATORY)
    of = own_names().get(name[at:]) if at > 0 else None
    return Number(
        name,
        f"{limit.what}, {of}" if of else limit.what,
        _with_unit(str(limit.value), limit.unit),
        basis(folder, limit.basis),
        earlier,
    )


def _with_unit(value: str, unit: str) -> str:
    name = UNITS.get(unit, unit)
    return f"{value} {name.removesuffix('s') if value == '1' else name}".strip()


def basis(folder: str, written: str) -> str:
    """Return the basis of a limit, a source's title or a phrase."""
    if _SOURCE.fullmatch(written):
        return f"{written} {source(folder, written).title}"
    return BASES.get(written, "definition of the rule")
