"""Shares with their 95 % interval, where there are enough cards to speak of one.

It must not round: what is shown is rounded where it is shown.
Tests: tests/insights/test_proportions.py.
"""

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
"""Of a normal distribution, 95 % lies within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A part of a whole in per cent, with the interval in which the true one lies in 95 of 100 samples."""

    percent: float
    low: float
    high: float


def proportion_of(part: int, whole: int, least: int) -> Proportion | None:
    """Return the share with Wilson's interval, which holds for small numbers and near 0 and 100; None of too few."""
    if whole < max(least, 1):
        return None
    proportion, square = part / whole, Z * Z
    middle = proportion + square / (2 * whole)
    half = Z * sqrt(proportion * (1 - proportion) / whole + square / (4 * whole * whole))
    scale = 100 / (1 + square / whole)
    return Proportion(100 * proportion, max(0.0, scale * (middle - half)), min(100.0, scale * (middle + half)))
