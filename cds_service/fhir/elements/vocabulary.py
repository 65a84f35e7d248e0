"""Readable code systems and the concepts of their codes.

An unknown system must match no concept. Codes are cached, never their owner.
Tests: tests/fhir/test_vocabulary.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rules.codes import catalogue
from rules.facts import Code

Known = tuple[Code, tuple[str, ...]]
"""A listed code with its concepts."""


@lru_cache(maxsize=16384)
def _listed(system: str, value: str) -> Known | None:
    """Return the cached catalogue entry of a coding."""
    return catalogue().known(system, value)


@lru_cache(maxsize=4096)
def _of_category(value: str) -> Known | None:
    return catalogue().of_category(value)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Code systems of a service's charts."""

    icd10_systems: frozenset[str] = frozenset()
    """Systems of other countries' ICD-10.

    A code of one means its category if ICD-10-CM's is listed whole.
    """
    orders: Mapping[tuple[str, str], str] = field(default_factory=dict, hash=False)
    """Work-up keys by a site's own order codes.

    Such an order in a chart counts as ordered or done.
    """

    def listed(self, system: str, value: str) -> Known | None:
        """Return listed code and concepts of a coding, or None."""
        found = _listed(system, value)
        if found is None and system in self.icd10_systems:
            found = _of_category(value)
        if found is None and self.orders and (key := self.orders.get((system, value))) is not None:
            found = (catalogue().codes_of(key)[0], (key,))
        return found


STANDARD = Vocabulary()
"""Vocabulary of the knowledge's systems only."""
