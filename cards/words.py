"""Words of the cards in one language.

Record text must not enter a sentence, and one language never replaces another.
Tests: tests/cards/test_words.py, tests/cards/test_languages.py.
"""

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Self

from rules.codes import catalogue
from rules.facts import Code, Side
from rules.sheet import sheet
from rules.sides import own_display
from rules.systems import SYSTEMS

Table = Mapping[str, str]


class Language(StrEnum):
    """Languages of cards by BCP 47."""

    ENGLISH = "en"
    GERMAN = "de"


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """All phrases of the cards in one language."""

    language: Language
    tables: Mapping[str, Table]
    """The tables of cards/words by name."""
    displays: Mapping[Code, str]
    """Our own displays of codes.

    Empty for the language of the code systems.
    """

    @classmethod
    def read(cls, language: Language) -> Self:
        """Return the words as the files have them."""
        tables = tomllib.loads((files("cards") / "words" / f"{language}.toml").read_text(encoding="utf-8-sig"))
        file = files("cards") / "displays" / f"{language}.csv"
        text = file.read_text(encoding="utf-8-sig") if file.is_file() else ""
        rows = csv.DictReader(text.splitlines())
        return cls(language, tables, {Code(SYSTEMS[row["system"]], row["code"]): row["display"] for row in rows})

    def text(self, table: str, name: str, **parts: object) -> str:
        """Return a phrase of a table with its parts filled in."""
        return self.tables[table][name].format(**parts)

    def sentence(self, name: str, **parts: object) -> str:
        """Return a sentence of ours with its parts filled in."""
        return self.text("sentence", name, **parts)

    def label(self, name: str) -> str:
        """Return the bold label at the beginning of a line."""
        return f"**{self.tables['label'][name]}:**"

    def heading(self, site: str) -> str:
        """Return a site as a heading names it."""
        return capitalised(self.tables["heading"][site])

    def finding(self, concept: str, side: Side | None = None) -> str:
        """Return the phrase for a finding, with its side if known."""
        phrase = self.tables["finding"][concept]
        if side is None:
            return phrase
        table = self.tables["sided"]
        return table.get(concept, table["other"]).format(finding=phrase, **self.tables[side.value])

    def manner(self, name: str, concept: str, side: Side | None = None) -> str:
        """Return a finding with its manner, such as new or severe.

        The adjective agrees with the finding.
        """
        ending = self.tables.get("ending", {}).get(concept, "")
        return self.text("manner", name, finding=self.finding(concept, side), ending=ending)

    def order(self, key: str) -> str:
        """Return the name of a work-up key."""
        return capitalised(self.tables["order"][key])

    def also(self, site: str, key: str) -> str:
        """Return a following work-up as a phrase inside a sentence."""
        table = self.tables["also"]
        return table.get(f"{site}/{key}") or table.get(key) or self.tables["order"][key]

    def reason(self, name: str) -> str:
        """Return the phrase for a reason to lower."""
        return self.tables["reason"][name]

    def missing(self, reason_code: str) -> str:
        """Return the reason for an unread source in words."""
        table = self.tables["missing"]
        return table.get(reason_code, table["other"])

    def source(self, what: str) -> str:
        """Return the name of an unread source in words.

        A single record is just called a record.
        """
        table = self.tables["source"]
        if what.startswith("lab_"):
            return table["laboratory"]
        return table.get(what, table["record"])

    def guideline(self, folder: str, plan: str | None) -> str:
        """Return the guideline of a plan, else of the folder."""
        table = self.tables["guideline"]
        return table.get(plan or "") or table.get(folder) or sheet(folder).guideline

    def display(self, code: Code, otherwise: str) -> str:
        """Return the display of a code.

        Without one in this language it is the phrase for the concept.
        """
        if self.language is Language.ENGLISH:
            return own_display(code) or catalogue().display(code)
        return self.displays.get(catalogue().listed(code)) or capitalised(otherwise)


@cache
def words_in(language: Language) -> Words:
    """Return the words of a language, read once."""
    return Words.read(language)


def english() -> Words:
    """Return the words of documents and FHIR artefacts."""
    return words_in(Language.ENGLISH)


def capitalised(text: str) -> str:
    """Return a phrase as it begins a sentence."""
    return text[:1].upper() + text[1:]


def listed(names: Iterable[str]) -> str:
    """Return names in one line."""
    return "; ".join(names)
