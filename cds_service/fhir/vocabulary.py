"""Which codings are read, and what each stands for: those of the knowledge, and by setting ICD-10 of other countries.

Must not guess: a system that is neither known nor set matches nothing. Codes are remembered, never whose they are.
Tests: tests/service/test_vocabulary.py.
"""

from dataclasses import dataclass
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

    def listed(self, system: str, value: str) -> Known | None:
        """Return the listed code that a coding is, and its concepts; None when it is not listed."""
        if system in ALIASES:
            return _listed(system, value)
        return _of_category(value) if system in self.icd10_systems else None


STANDARD = Vocabulary()
"""The systems of the knowledge, no more."""
