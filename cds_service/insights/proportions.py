"""Proportions with 95 % intervals for enough cards.

Tests: tests/insights/test_proportions.py.
"""

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
"""Standard deviations around 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A part of a whole in per cent with its 95 % interval."""

    percent: float
    low: float
    high: float


def proportion_of(part: int, whole: int, least: int) -> Proportion | None:
    """Return the proportion with Wilson's interval, or None.

    The interval holds for small numbers and near 0 and 100.
    """
    if whole < max(least, 1):
        return None
    proportion, square = part / whole, Z * Z
    middle = proportion + square / (2 * whole)
    half = Z * sqrt(proportion * (1 - proportion) / whole + square / (4 * whole * whole))
    scale = 100 / (1 + square / whole)
    return Proportion(100 * proportion, max(0.0, scale * (middle - half)), min(100.0, scale * (middle + half)))
