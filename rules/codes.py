"""The codes of the knowledge: reviewable CSV files beside the rules, and an index from code to concept.

Must not guess: a system or code that is not listed matches nothing. Errors name the file and line.
Tests: tests/rules/test_codes.py.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from rules.facts import Code, System
from rules.sites import FOLDERS

SYSTEMS: Mapping[str, System] = MappingProxyType(
    {"icd-10-cm": System.ICD10CM, "snomed": System.SNOMED, "loinc": System.LOINC, "rxnorm": System.RXNORM}
)
_OIDS = {
    System.ICD10CM: "2.16.840.1.113883.6.90",
    System.SNOMED: "2.16.840.1.113883.6.96",
    System.LOINC: "2.16.840.1.113883.6.1",
    System.RXNORM: "2.16.840.1.113883.6.88",
}
ALIASES: Mapping[str, System] = MappingProxyType(
    {
        form: system
        for system, oid in _OIDS.items()
        for form in (system.value, f"{system.value}/", f"urn:oid:{oid}", oid)
    }
)
"""The exact forms in which records name a system: its URL, also with a slash too many, and its OID, also bare."""
SHAPES = {
    System.ICD10CM: re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?(-[A-Z][0-9][0-9A-Z])?"),
    System.SNOMED: re.compile(r"[1-9][0-9]{5,17}"),
    System.LOINC: re.compile(r"([1-9][0-9]{0,6}-[0-9])|(LA[0-9]+-[0-9])"),
    System.RXNORM: re.compile(r"[1-9][0-9]{0,7}"),
}
VITAL, LABORATORY, WEIGHT = "vital", "laboratory", "weight"
MEASUREMENTS = (VITAL, LABORATORY, WEIGHT)
"""Kinds of measurement by how far back any rule reads them (rules.lookback), the shortest first."""
HEIGHT = "body_height"
TIMELESS = frozenset({HEIGHT, "pregnancy_status"})
"""Measurements that stay true: an adult's height."""
CATEGORY_LENGTH = 3
"""ICD-10-CM categories have three characters."""
_OTHER_ICD10 = re.compile(r"(?P<category>[A-Z][0-9][0-9A-Z])(?P<below>\.?[0-9A-Z]{1,4})?(\.?-)?[+*!\u2020]?")
"""A code of another country's ICD-10: with or without its dot, a dash for what is left open, dagger or asterisk."""
_PRESENTATIONS = frozenset({"symptom", "finding"})
"""The roles of what a patient has today: no past, no treatment, no other explanation."""
_QUALIFIERS = "evidence"
"""The folder of codes that say how a finding is, such as severe or absent, not which."""


class KnowledgeError(ValueError):
    """A knowledge file can't be used; the message names the file, the line and what to do."""


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
    """Which concepts a code stands for, and what each code is called."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Index the rows; the same code may stand under several concepts."""
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
        """The concepts that are a symptom or a finding."""

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
        """Return the concepts of a code, () when it is not listed; of ICD-10-CM prefixes the longest listed one."""
        found = self._exact.get(code)
        if code.system is not System.ICD10CM:
            return found or ()
        for length in range(len(code.value), CATEGORY_LENGTH - 1, -1):
            prefix = self._prefix.get(code.value[:length])
            if found or prefix:
                return (*(found or ()), *(concept for concept in prefix or () if concept not in (found or ())))
        return ()

    def known(self, system: str, value: str) -> tuple[Code, tuple[str, ...]] | None:
        """Return the code and its concepts for a coding as it stands in a record; None when it is not listed."""
        canonical = ALIASES.get(system)
        if canonical is None:
            return None
        code = Code(canonical, _dotted(value) if canonical is System.ICD10CM else value)
        concepts = self.concepts(code)
        return (code, concepts) if concepts else None

    def of_category(self, value: str) -> tuple[Code, tuple[str, ...]] | None:
        """Return what a code of another country's ICD-10 stands for: its category, where ICD-10-CM's is listed whole.

        Editions differ below the category, so that nothing else can be taken over. A category that is listed without
        what lies below it, such as R05 cough, stands for itself alone.
        """
        match = _OTHER_ICD10.fullmatch(value.strip().upper())
        if match is None:
            return None
        code = Code(System.ICD10CM, match["category"])
        concepts = self._prefix.get(code.value) or (() if match["below"] else self._exact.get(code, ()))
        return (code, concepts) if concepts else None

    def categories(self, *, whole: bool) -> tuple[str, ...]:
        """Return the ICD-10-CM categories that are listed, with all that lies below them or (not whole) alone."""
        found = {r.code.value for r in self.rows if r.code.system is System.ICD10CM and r.descendants is whole}
        return tuple(sorted(value for value in found if len(value.partition("-")[0]) == CATEGORY_LENGTH))

    @lru_cache(maxsize=4096)  # noqa: B019 - the catalogue lives as long as the process
    def reach(self, concepts: tuple[str, ...]) -> str | None:
        """Return which kind of measurement all these concepts are, None when one matters however old it is.

        Of several the kind that reaches furthest counts (rules.lookback). The name of a work-up beside a measurement
        says nothing: an order of it has no value.
        """
        kinds = [self._kinds.get(concept) for concept in concepts if concept not in self._workup]
        return None if None in kinds else max((kind for kind in kinds if kind), key=MEASUREMENTS.index, default=None)

    def display(self, code: Code) -> str:
        """Return our display of a code: its own row's, else that of the longest listed prefix, else the code."""
        return self._display.get(self.listed(code), code.value)

    def listed(self, code: Code) -> Code:
        """Return the listed code that speaks for a code: itself, else its longest listed prefix, else itself."""
        if code in self._display:
            return code
        for length in range(len(code.value) - 1, CATEGORY_LENGTH - 1, -1):
            parent = Code(code.system, code.value[:length].rstrip("."))
            if parent in self._display:
                return parent
        return code

    def concepts_in(self, folder: str) -> frozenset[str]:
        """Return the concepts that a folder's codes.csv lists."""
        return self._of_folder.get(folder, frozenset())

    def codes_of(self, concept: str) -> tuple[Code, ...]:
        """Return the listed codes of a concept in file order."""
        return self._codes.get(concept, ())


def _kind_of(row: Row) -> str | None:
    """Return which kind of measurement a row is of; None for what is no measurement or stays true."""
    if row.concept in TIMELESS:
        return None
    if row.role == "lab":
        return LABORATORY
    if row.role == "vital":
        return VITAL if row.folder == "lung" else WEIGHT
    return None


def _prefixes(value: str) -> Iterator[str]:
    """Yield the prefixes that a row means: itself, or every category of a range such as C00-C43."""
    first, dash, last = value.partition("-")
    if not dash:
        yield value
        return
    for number in range(int(first[1:]), int(last[1:]) + 1):
        yield f"{first[0]}{number:02d}"


def _dotted(value: str) -> str:
    """Return an ICD-10-CM code with its dot, as some systems leave it out, in capitals."""
    value = value.strip().upper()
    if len(value) > CATEGORY_LENGTH and value[CATEGORY_LENGTH] != ".":
        return f"{value[:CATEGORY_LENGTH]}.{value[CATEGORY_LENGTH:]}"
    return value


def read_rows(folder: str, text: str) -> Iterator[Row]:
    """Yield the rows of one codes.csv, or raise KnowledgeError with the line that is wrong."""
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
