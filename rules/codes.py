"""Codes of the knowledge and an index from code to concept.

An unlisted system or code must match no concept. Errors name file and line.
Tests: tests/rules/test_codes.py.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rules.facts import Code, System
from rules.sites import FOLDERS
from rules.systems import CATEGORY_LENGTH, SHAPES, SYSTEMS, read_code, trimmed

VITAL, LABORATORY, WEIGHT = "vital", "laboratory", "weight"
MEASUREMENTS = (VITAL, LABORATORY, WEIGHT)
"""Kinds of measurement by look-back, the shortest first.

rules.lookback has the days.
"""
HEIGHT = "body_height"
TIMELESS = frozenset({HEIGHT, "pregnancy_status"})
"""Measurements that stay true, such as an adult's height."""
_OTHER_ICD10 = re.compile(r"(?P<category>[A-Z][0-9][0-9A-Z])(?P<below>\.?[0-9A-Z]{1,4})?(\.?-)?[+*!\u2020]?")
"""Code of another country's ICD-10.

It may lack its dot and have a dash, a dagger or an asterisk.
"""
_PRESENTATIONS = frozenset({"symptom", "finding"})
"""Roles of present symptoms and findings."""
_UNPLACED = frozenset({"lab", "vital", "workup"})
"""Roles whose Observations have no side."""
_QUALIFIERS = "evidence"
"""Folder of codes that qualify a finding, such as severe."""


class KnowledgeError(ValueError):
    """Unusable knowledge file, with file, line and remedy."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the codes.csv of a folder."""

    folder: str
    concept: str
    role: str
    site: str
    code: Code
    display: str
    descendants: bool
    note: str


class Catalogue:
    """Concepts and displays of codes."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Index the rows. A code may belong to several concepts."""
        self.rows = tuple(rows)
        self._exact: dict[Code, tuple[str, ...]] = {}
        self._prefix: dict[str, tuple[str, ...]] = {}
        self._display: dict[Code, str] = {}
        self._kinds = {row.concept: kind for row in self.rows if (kind := _kind_of(row)) is not None}
        self._workup = frozenset(row.concept for row in self.rows if row.role == "workup")
        self._codes: dict[str, tuple[Code, ...]] = {}
        self._of_folder: dict[str, frozenset[str]] = {}
        for row in self.rows:
            self._add(row)
        presented = frozenset(row.concept for row in self.rows if row.role in _PRESENTATIONS)
        self.findings = presented - self.concepts_in(_QUALIFIERS)
        """Concepts of symptoms and findings."""
        self.placed = frozenset(r.concept for r in self.rows if r.role not in _UNPLACED) - self.concepts_in(_QUALIFIERS)
        """Concepts that may have a side."""

    def _add(self, row: Row) -> None:
        self._display.setdefault(row.code, row.display)
        self._of_folder[row.folder] = self._of_folder.get(row.folder, frozenset()) | {row.concept}
        self._codes[row.concept] = (*self._codes.get(row.concept, ()), row.code)
        if row.code.system is System.ICD10CM and row.descendants:
            for prefix in _prefixes(row.code.value):
                self._prefix[prefix] = (*self._prefix.get(prefix, ()), row.concept)
        else:
            self._exact[row.code] = (*self._exact.get(row.code, ()), row.concept)

    @lru_cache(maxsize=4096)  # noqa: B019 - the catalogue lives as long as the process
    def concepts(self, code: Code) -> tuple[str, ...]:
        """Return the concepts of a code, () if unlisted.

        Of ICD-10-CM prefixes the longest listed one counts.
        """
        found = self._exact.get(code)
        if code.system is not System.ICD10CM:
            return found or ()
        for length in range(len(code.value), CATEGORY_LENGTH - 1, -1):
            prefix = self._prefix.get(code.value[:length])
            if found or prefix:
                return (*(found or ()), *(concept for concept in prefix or () if concept not in (found or ())))
        return ()

    def known(self, system: str, value: str) -> tuple[Code, tuple[str, ...]] | None:
        """Return code and concepts of a recorded coding, or None."""
        code = read_code(system, value)
        if code is None:
            return None
        concepts = self.concepts(code)
        return (code, concepts) if concepts else None

    def of_category(self, value: str) -> tuple[Code, tuple[str, ...]] | None:
        """Return the concept of another country's ICD-10 category.

        ICD-10-CM must list the category as a whole, because editions differ below it. A category listed without its
        subcodes, such as R05 cough, counts only by itself.
        """
        match = _OTHER_ICD10.fullmatch(trimmed(value))
        if match is None:
            return None
        code = Code(System.ICD10CM, match["category"])
        concepts = self._prefix.get(code.value) or (() if match["below"] else self._exact.get(code, ()))
        return (code, concepts) if concepts else None

    def categories(self, *, whole: bool) -> tuple[str, ...]:
        """Return listed ICD-10-CM categories, whole or alone."""
        found = {r.code.value for r in self.rows if r.code.system is System.ICD10CM and r.descendants is whole}
        return tuple(sorted(value for value in found if len(value.partition("-")[0]) == CATEGORY_LENGTH))

    @lru_cache(maxsize=4096)  # noqa: B019 - the catalogue lives as long as the process
    def reach(self, concepts: tuple[str, ...]) -> str | None:
        """Return the measurement kind of these concepts.

        None means that age makes no difference. Of several kinds the longest look-back counts (rules.lookback). A
        work-up key beside a measurement is ignored, because an order has no value.
        """
        kinds = [self._kinds.get(concept) for concept in concepts if concept not in self._workup]
        return None if None in kinds else max((kind for kind in kinds if kind), key=MEASUREMENTS.index, default=None)

    def display(self, code: Code) -> str:
        """Return our display of a code.

        It is its own, else that of the longest listed prefix, else the code.
        """
        return self._display.get(self.listed(code), code.value)

    def own_display(self, code: Code) -> str | None:
        """Return the listed display of exactly this code, or None."""
        return self._display.get(code)

    def listed(self, code: Code) -> Code:
        """Return the listed code for a code.

        It is itself, else its longest listed prefix, else itself.
        """
        if code in self._display:
            return code
        for length in range(len(code.value) - 1, CATEGORY_LENGTH - 1, -1):
            parent = Code(code.system, code.value[:length].rstrip("."))
            if parent in self._display:
                return parent
        return code

    def concepts_in(self, folder: str) -> frozenset[str]:
        """Return the concepts of a folder's codes.csv."""
        return self._of_folder.get(folder, frozenset())

    def codes_of(self, concept: str) -> tuple[Code, ...]:
        """Return the listed codes of a concept in file order."""
        return self._codes.get(concept, ())


def _kind_of(row: Row) -> str | None:
    """Return the measurement kind of a row, or None.

    Lasting values such as height have none.
    """
    if row.concept in TIMELESS:
        return None
    if row.role == "lab":
        return LABORATORY
    if row.role == "vital":
        return VITAL if row.folder == "lung" else WEIGHT
    return None


def _prefixes(value: str) -> Iterator[str]:
    """Yield the prefixes of a row, every category of a range."""
    first, dash, last = value.partition("-")
    if not dash:
        yield value
        return
    for number in range(int(first[1:]), int(last[1:]) + 1):
        yield f"{first[0]}{number:02d}"


def read_rows(folder: str, text: str) -> Iterator[Row]:
    """Yield the rows of one codes.csv.

    Raises KnowledgeError with the wrong line.
    """
    for number, line in enumerate(csv.DictReader(text.splitlines()), start=2):
        system = SYSTEMS.get(line["system"])
        where = f"rules/{folder}/codes.csv line {number}"
        if system is None:
            message = f"{where}: system {line['system']!r} is none of {', '.join(SYSTEMS)}"
            raise KnowledgeError(message)
        if not SHAPES[system].fullmatch(line["code"]):
            message = f"{where}: {line['code']!r} has not the shape of a {line['system']} code"
            raise KnowledgeError(message)
        if line["descendants"] not in ("y", "n"):
            message = f"{where}: descendants is {line['descendants']!r}, write y or n"
            raise KnowledgeError(message)
        yield Row(
            folder=folder,
            concept=line["concept"],
            role=line["role"],
            site=line["site"],
            code=Code(system, line["code"]),
            display=line["display"],
            descendants=line["descendants"] == "y",
            note=line["note"],
        )


@cache
def catalogue() -> Catalogue:
    """Return the index over every codes.csv of the knowledge, read once."""
    rows: list[Row] = []
    for folder in FOLDERS:
        text = (files("rules") / folder / "codes.csv").read_text(encoding="utf-8-sig")
        rows.extend(read_rows(folder, text))
    return Catalogue(rows)
