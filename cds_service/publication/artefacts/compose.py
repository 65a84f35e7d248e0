"""A concept's codes as FHIR compose, equivalent to rules.codes.

The longest listed prefix wins. SNOMED CT subtypes count only if listed.
Tests: tests/fhir/test_value_sets.py.
"""

from collections.abc import Iterable, Iterator
from functools import cache

from cds_service.publication.artefacts.canonical import Resource
from rules.codes import Row, catalogue
from rules.facts import System
from rules.systems import CATEGORY_LENGTH

Concepts = frozenset[str]
NONE: Concepts = frozenset()
Filter = tuple[str, str, str]


class Listing:
    """Listed codes by concept, and for ICD-10-CM by subtree."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Index the rows."""
        self._rows: dict[str, list[Row]] = {}
        self._subtrees: dict[str, Concepts] = {}
        self._single: dict[str, Concepts] = {}
        for row in rows:
            self._rows.setdefault(row.concept, []).append(row)
            if _has_subtree(row):
                for root in _categories(row.code.value):
                    self._subtrees[root] = self._subtrees.get(root, NONE) | {row.concept}
            elif row.code.system is System.ICD10CM:
                self._single[row.code.value] = self._single.get(row.code.value, NONE) | {row.concept}
        self._above = {code: self._nearest(code) for code in (*self._subtrees, *self._single)}

    def _nearest(self, code: str) -> Concepts:
        """Return the concepts of the longest shorter listed prefix."""
        prefixes = (code[:length] for length in range(len(code) - 1, CATEGORY_LENGTH - 1, -1))
        return next((self._subtrees[prefix] for prefix in prefixes if prefix in self._subtrees), NONE)

    def rows(self, concept: str) -> tuple[Row, ...]:
        """Return the rows of a concept."""
        return tuple(self._rows.get(concept, ()))

    def compose(self, concept: str) -> Resource:
        """Return include and exclude of a concept's value set."""
        include = [*self._own_subtrees(concept), *self._enumerated(concept)]
        exclude = [*self._other_subtrees(concept), *self._other_codes(concept)]
        return {"include": include, "exclude": exclude} if exclude else {"include": include}

    def _own_subtrees(self, concept: str) -> Iterator[Resource]:
        for root, concepts in self._subtrees.items():
            if concept in concepts:
                yield _filtered([("concept", "is-a", root)])

    def _enumerated(self, concept: str) -> Iterator[Resource]:
        for system in System:
            rows = (r for r in self.rows(concept) if r.code.system is system and not _has_subtree(r))
            codes = [{"code": row.code.value, "display": row.display} for row in rows]
            if codes:
                yield {"system": system.value, "concept": codes}

    def _other_subtrees(self, concept: str) -> Iterator[Resource]:
        """Yield foreign subtrees below a prefix of the concept."""
        for root, concepts in self._subtrees.items():
            if concept in concepts or concept not in self._above[root]:
                continue
            own = [below for below, c in self._subtrees.items() if below.startswith(root) and concept in c]
            kept = [code for code, c in self._single.items() if code.startswith(root) and concept in c]
            filters = [("concept", "is-a", root), *(("concept", "is-not-a", below) for below in own)]
            yield _filtered([*filters, *([("code", "not-in", ",".join(kept))] if kept else [])])

    def _other_codes(self, concept: str) -> Iterator[Resource]:
        """Yield single codes of others below a prefix of the concept."""
        codes = [
            {"code": code}
            for code, concepts in self._single.items()
            if concept not in concepts | self._subtrees.get(code, NONE) and concept in self._above[code]
        ]
        if codes:
            yield {"system": System.ICD10CM.value, "concept": codes}


@cache
def listing() -> Listing:
    """Return the listing of every codes.csv of the knowledge."""
    return Listing(catalogue().rows)


def _has_subtree(row: Row) -> bool:
    return row.code.system is System.ICD10CM and row.descendants


def _categories(value: str) -> Iterator[str]:
    """Yield a code, or every category of a range such as C00-C43."""
    first, dash, last = value.partition("-")
    numbers = range(int(first[1:]), int(last[1:]) + 1) if dash else ()
    yield from (f"{first[0]}{number:02d}" for number in numbers) if dash else (first,)


def _filtered(filters: Iterable[Filter]) -> Resource:
    return {
        "system": System.ICD10CM.value,
        "filter": [{"property": name, "op": operator, "value": value} for name, operator, value in filters],
    }
