"""Words of the page in one language, with those of the cards.

Record text must not enter a sentence, and one language never replaces another.
Tests: tests/evidence_view/test_page.py, tests/evidence_view/test_languages.py.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from cards.concepts import concept_name
from cards.evidence import named
from cards.words import Language, Words, capitalised, listed, words_in
from rules.facts import Record

Table = Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """All phrases of the page in one language."""

    words: Words
    """Words of the cards."""
    tables: Mapping[str, Table]
    """The tables of the page's own words by name."""

    def said(self, table: str, name: str, **parts: object) -> str:
        """Return a phrase with its parts filled in."""
        return self.tables[table][name].format(**parts)

    def reasons(self, names: Iterable[str]) -> str:
        """Return reasons and explanations as a list in words."""
        return listed(dict.fromkeys(map(self.words.reason, names)))

    def label(self, record: Record, concept: str) -> str:
        """Return the label of a record, with its side."""
        return capitalised(named(record, concept, concept_name(concept, self.words), self.words))

    def status(self, code: str | None) -> str:
        """Return a FHIR status in words, other texts as recorded."""
        return self.tables["status"].get(code, code) if code else self.tables["page"]["no_status"]


@cache
def phrases_in(language: Language) -> Phrases:
    """Return the phrases of a language, read once."""
    text = (files("cds_service.evidence_view") / "words" / f"{language}.toml").read_text(encoding="utf-8")
    return Phrases(words_in(language), tomllib.loads(text))
