"""Sources of all sheets by id, and advice without symptoms.

It must not hold a source itself; the sheets and rules/without_symptoms.toml do.
Tests: tests/rules/explain/test_sources.py.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rules.codes import KnowledgeError
from rules.sheet import Citation, sheet
from rules.sites import FOLDERS
from rules.statement import Statement, read_statements


@dataclass(frozen=True, slots=True)
class WithoutSymptoms:
    """Guideline statements about people without symptoms."""

    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]


@cache
def without_symptoms() -> WithoutSymptoms:
    """Return the advice against tests without symptoms, read once."""
    data = tomllib.loads((files("rules") / "without_symptoms.toml").read_text(encoding="utf-8-sig"))
    return WithoutSymptoms(
        read_statements(data["statements"]), tuple(Citation(**citation) for citation in data["citations"])
    )


@cache
def sources() -> Mapping[str, tuple[Citation, ...]]:
    """Return every source by id, in numerical order.

    One id means one source everywhere.
    """
    found: dict[str, list[Citation]] = {}
    for citation in (*(c for folder in FOLDERS for c in sheet(folder).citations), *without_symptoms().citations):
        same = found.setdefault(citation.id, [])
        if same and (same[0].text, same[0].year) != (citation.text, citation.year):
            message = f"source {citation.id} is {same[0].text!r} in one sheet and {citation.text!r} in another"
            raise KnowledgeError(message)
        same.append(citation)
    return {name: tuple(found[name]) for name in sorted(found, key=lambda name: int(name[1:]))}


def source(folder: str, source_id: str) -> Citation:
    """Return a source, preferably as the folder's sheet has it.

    Raises KnowledgeError for an unlisted id.
    """
    own = [citation for citation in sheet(folder).citations if citation.id == source_id]
    listed = own or sources().get(source_id)
    if not listed:
        message = f"rules/{folder}/rule.toml relies on {source_id}, which no sheet lists under [[citations]]"
        raise KnowledgeError(message)
    return listed[0]
