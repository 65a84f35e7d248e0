"""Check of words for every concept, key and code.

Tests: tests/cards/test_check.py.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cards.check.code_files import CodeLine
from cards.check.sheets import SITE_FOLDERS, SheetSource
from cards.check.source import Mistake, Source
from cards.words import Language

ALTERNATIVE_FOLDERS = SITE_FOLDERS | {"weight"}
"""Folders with alternative explanations that a card may mention."""
DISPLAYED = frozenset({"symptom", "finding", "history", "treatment", "alternative-explanation", "exclusion", "workup"})
"""Roles of codes with a display on a card or the evidence view."""
QUALIFIERS = "evidence"
"""Folder of codes that qualify a finding.

Their displays are never shown.
"""
_PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class WordsSource:
    """One language file of cards/words."""

    language: str
    source: Source
    tables: Mapping[str, Any]

    def has(self, table: str, name: str) -> bool:
        """Return True if a table has the phrase."""
        return bool(str(self.tables.get(table, {}).get(name, "")).strip())


def check_words(
    every: Iterable[WordsSource], names: Mapping[str, Any], unnamed: Mapping[str, Any], knowledge: "Listed"
) -> Iterator[Mistake]:
    """Yield the concepts and keys without words in a language."""
    own = {concept for table in names.values() for concept in table}
    for words in every:
        for table, concepts in knowledge.wanted(unnamed).items():
            for concept, line in concepts.items():
                if not words.has(table, concept):
                    message = f"{concept} has no words in {words.language}"
                    remedy = f"Add it to [{table}] of {words.source.name}"
                    yield line.source.mistake(line.line, message, remedy)
        for concept, line in knowledge.concepts.items():
            named = words.has("concept", concept) if "concept" in words.tables else concept in own
            if not named and not any(words.has(table, concept) for table in ("finding", "reason", "order")):
                where = "[concept] of " + words.source.name if "concept" in words.tables else "rules/concepts.toml"
                message = f"{concept} has no name in {words.language}"
                yield line.source.mistake(line.line, message, f"Add it to {where}")


@dataclass(frozen=True, slots=True)
class Listed:
    """Concepts and alternatives with their first lines."""

    lines: tuple[CodeLine, ...]
    sheets: tuple[SheetSource, ...]

    @property
    def concepts(self) -> dict[str, CodeLine]:
        """Return the first line of every concept with a name."""
        qualifiers = {line.concept for line in self.lines if line.folder == QUALIFIERS}
        named = (line for line in self.lines if line.concept not in qualifiers)
        return _first(named)

    def wanted(self, unnamed: Mapping[str, Any]) -> dict[str, dict[str, CodeLine]]:
        """Return the concepts that need words, by table."""
        shown = {"symptom", "finding"}
        findings = _first(x for x in self.lines if x.role in shown and x.folder in SITE_FOLDERS)
        measures = _first(x for x in self.lines if x.role == "vital" and x.folder == "lung")
        orders = _first(x for x in self.lines if x.role == "workup")
        named = {
            concept
            for sheet in self.sheets
            if sheet.folder in ALTERNATIVE_FOLDERS
            for rule in sheet.rules
            for concept in rule.get("alternatives", ())
        }
        reasons = {concept: line for concept, line in _first(self.lines).items() if concept in named}
        return {
            "finding": _without(findings, unnamed.get("finding", {})),
            "measure": _without(measures, unnamed.get("measure", {})),
            "order": orders,
            "reason": _without(reasons, unnamed.get("reason", {})),
        }


def _first(lines: Iterable[CodeLine]) -> dict[str, CodeLine]:
    found: dict[str, CodeLine] = {}
    for line in lines:
        found.setdefault(line.concept, line)
    return found


def _without(concepts: dict[str, CodeLine], unnamed: Mapping[str, Any]) -> dict[str, CodeLine]:
    return {concept: line for concept, line in concepts.items() if concept not in unnamed}


def check_languages(every: tuple[WordsSource, ...]) -> Iterator[Mistake]:
    """Yield phrases and parts that only one language has."""
    for words in every:
        for other in every:
            if other is not words:
                yield from _compared(words, other)


def _compared(words: WordsSource, other: WordsSource) -> Iterator[Mistake]:
    shared = words.tables.keys() & other.tables.keys() - {"guideline"}
    for table in sorted(shared):
        for name, phrase in words.tables[table].items():
            if name not in other.tables[table]:
                message = f"{table}.{name} has no phrase in {other.language}"
                remedy = f"Add it to [{table}] of {other.source.name}"
            elif table != "unit" and _parts(phrase) != _parts(other.tables[table][name]):
                message = f"{table}.{name} fills in other parts than in {other.language}"
                remedy = "Use the same {parts} in both languages"
            else:
                continue
            yield words.source.mistake(words.source.line_of(f"[{table}]", name), message, remedy)


def _parts(phrase: object) -> set[str]:
    return set(_PART.findall(str(phrase))) - {"ending"}


def check_displays(language: Language, source: Source, lines: tuple[CodeLine, ...]) -> Iterator[Mistake]:
    """Yield missing displays and displays of unlisted codes."""
    rows = list(csv.DictReader(source.text.split("\n")))
    shown = {(row["system"], row["code"]): row for row in rows if (row.get("display") or "").strip()}
    findings = {x.concept for x in lines if x.role in {"symptom", "finding"} and x.folder != QUALIFIERS}
    qualifiers = {line.concept for line in lines if line.folder == QUALIFIERS}
    wanted: dict[tuple[str, str], CodeLine] = {}
    for line in lines:
        is_finding = line.role in {"symptom", "finding"}
        is_shown = line.concept in findings - qualifiers if is_finding else line.concept not in qualifiers
        if line.role in DISPLAYED and is_shown:
            wanted.setdefault(line.code, line)
    for code, line in wanted.items():
        if code not in shown:
            message = f"{line.fields['code']} has no display in {language}"
            yield line.source.mistake(line.line, message, f"Add it to {source.name}")
    for number, row in enumerate(rows, start=2):
        if (row["system"], row["code"]) not in wanted:
            message = f"{row['code']} is shown nowhere"
            yield source.mistake(number, message, "Remove the line, or list the code in a codes.csv")
