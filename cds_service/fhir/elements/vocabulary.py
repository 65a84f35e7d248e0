"""Which codings are read, and what each stands for: the knowledge's, other countries' ICD-10, a site's own orders.

Must not guess: a system that is neither known nor set matches nothing. Codes are remembered, never whose they are.
Tests: tests/fhir/test_vocabulary.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rules.codes import ALIASES, catalogue
from rules.facts import Code

Known = tuple[Code, tuple[str, ...]]
"""A listed code, and the concepts it stands for."""


@lru_cache(maxsize=16384)
def _listed(system: str, value: str) -> Known | None:
    """Return what the catalogue says of a coding; codes come again and again, and say nothing of a person."""
    return catalogue().known(system, value)


@lru_cache(maxsize=4096)
def _of_category(value: str) -> Known | None:
    return catalogue().of_category(value)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The coding systems that are read in the charts of a service."""

    icd10_systems: frozenset[str] = frozenset()
    """Systems of other countries' ICD-10: a code of one stands for its category, where ICD-10-CM's is listed whole."""
    orders: Mapping[tuple[str, str], str] = field(default_factory=dict, hash=False)
    """Which work-up a site's own code orders: what stands in its charts under that code is ordered or done already."""

    def listed(self, system: str, value: str) -> Known | None:
        """Return the listed code that a coding is, and its concepts; None when it is not listed."""
        found = _listed(system, value) if system in ALIASES else None
        if found is None and system in self.icd10_systems:
            found = _of_category(value)
        if found is None and self.orders and (key := self.orders.get((system, value))) is not None:
            found = (catalogue().codes_of(key)[0], (key,))
        return found


STANDARD = Vocabulary()
"""The systems of the knowledge, no more."""
