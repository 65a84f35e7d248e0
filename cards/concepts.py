"""Names of concepts for readers of the knowledge.

Tests: tests/cards/test_concepts.py.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from cards.words import Words, english
from rules.codes import KnowledgeError


@cache
def own_names() -> Mapping[str, str]:
    """Return the names of rules/concepts.toml, read once."""
    data = tomllib.loads((files("rules") / "concepts.toml").read_text(encoding="utf-8-sig"))
    return {concept: name for table in data.values() for concept, name in table.items()}


def concept_name(concept: str, words: Words | None = None) -> str:
    """Return the name of a concept, in English by default.

    Raises KnowledgeError with the place for a missing name.
    """
    words = words or english()
    tables = (words.tables.get("concept", own_names()), words.tables["finding"], words.tables["reason"])
    found = next((table[concept] for table in tables if concept in table), None)
    if found is None and concept in words.tables["order"]:
        return words.order(concept)
    if found is None:
        message = f"rules/concepts.toml has no name for {concept}"
        raise KnowledgeError(message)
    return found
