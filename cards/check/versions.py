"""Check of rule versions against changed logic.

`rules/versions.toml` records a digest of each folder's logic files beside the versions of its rules. Docstrings,
comments, blank space and line ends are no part of the logic.
Tests: tests/cards/test_check.py.
"""

import ast
import csv
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cards.check.sheets import SheetSource
from cards.check.source import Knowledge, Mistake, Source
from rules.sites import FOLDERS

FILE = "versions.toml"
DIGEST_DIGITS = 16
_PROSE = ("title", "guideline", "citations", "statements", "rules")
"""Entries of a rule.toml that decide nothing, or are looked at rule by rule."""
_RULE = ("triggers", "alternatives")
_COLUMNS = ("concept", "role", "site", "system", "code", "descendants")
RECORD = "Run recurrence-cds check-rules --record"
UNVERSIONED = "logic changed under the same versions in"
"""Beginning of the message about a missing new version."""


@dataclass(frozen=True, slots=True)
class FolderVersion:
    """Digest of a folder's logic with its versions."""

    digest: str
    versions: tuple[str, ...]


def folder_versions(knowledge: Knowledge, sheets: Mapping[str, SheetSource]) -> dict[str, FolderVersion]:
    """Return digest and versions of every folder with a sheet."""
    return {name: _of_folder(knowledge, sheets[name]) for name in FOLDERS if name in sheets}


def _of_folder(knowledge: Knowledge, sheet: SheetSource) -> FolderVersion:
    parts = [repr(_deciding(sheet.data))]
    folder = knowledge.rules.joinpath(sheet.folder)
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            parts.append(python_logic(file.read_bytes().decode("utf-8-sig")))
        elif file.name.endswith(".csv"):
            parts.append(_rows(file.read_bytes().decode("utf-8-sig")))
    digest = sha256("\0".join(parts).encode()).hexdigest()[:DIGEST_DIGITS]
    versions = tuple(sorted(f"{rule['id']} {rule.get('version', '')}" for rule in sheet.rules))
    return FolderVersion(digest, versions)


def _deciding(data: Mapping[str, Any]) -> object:
    tables = {name: table for name, table in data.items() if name not in _PROSE}
    rules = [{key: rule.get(key) for key in ("id", *_RULE)} for rule in data.get("rules", ())]
    return sorted(tables.items()), rules


def _rows(text: str) -> str:
    """Return the columns that decide, without displays and sources."""
    rows = csv.DictReader(text.replace("\r\n", "\n").split("\n"))
    return "\n".join(",".join(row.get(column) or "" for column in _COLUMNS) for row in rows)


def python_logic(text: str) -> str:
    """Return Python source without docstrings, comments and blank space."""
    lines = text.replace("\r\n", "\n").split("\n")
    cuts = [*_docstrings(ast.parse("\n".join(lines)), lines), *_comments("\n".join(lines) + "\n")]
    for first, begin, last, end in sorted(cuts, reverse=True):
        head, tail = lines[first][:begin], lines[last][end:]
        lines[first : last + 1] = [head + tail]
    return "".join("".join(lines).split())


def _docstrings(tree: ast.AST, lines: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the places of string statements, columns in characters."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
            begin = len(lines[first].encode()[: node.col_offset].decode())
            end = len(lines[last].encode()[: node.end_col_offset].decode())
            yield first, begin, last, end


def _comments(text: str) -> Iterator[tuple[int, int, int, int]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0] - 1, token.start[1], token.end[0] - 1, token.end[1]


def recorded_text(found: Mapping[str, FolderVersion], ruleset: str) -> str:
    """Return the text of rules/versions.toml."""
    head = (
        "# Digest of each folder's logic beside the versions of its rules, written by `recurrence-cds check-rules "
        "--record`.\n# A digest that changes under the same versions is a mistake: the rule needs a new version.\n"
    )
    parts = [head, f'ruleset = "{ruleset}"\n']
    for name, folder in found.items():
        listed = ", ".join(f'"{version}"' for version in folder.versions)
        parts.append(f'\n[{name}]\ndigest = "{folder.digest}"\nversions = [{listed}]\n')
    return "".join(parts)


def compare(
    source: Source, recorded: Mapping[str, Any], found: Mapping[str, FolderVersion], ruleset: str
) -> Iterator[Mistake]:
    """Yield folders with unversioned changes and unrecorded versions."""
    for name, now in found.items():
        line = source.line_of(f"[{name}]")
        then = recorded.get(name)
        if then is None:
            yield source.mistake(0, f"the folder {name} is not recorded", RECORD)
            continue
        versions = tuple(then.get("versions", ()))
        is_same = versions == now.versions if now.versions else recorded.get("ruleset") == ruleset
        if then.get("digest") != now.digest and is_same:
            yield source.mistake(line, f"{UNVERSIONED} rules/{name}", _raise(now))
        elif then.get("digest") != now.digest or versions != now.versions:
            yield source.mistake(line, f"rules/{name} has versions that are not recorded", RECORD)


def _raise(now: FolderVersion) -> str:
    what = "the version of the changed rule in its rule.toml" if now.versions else "RULESET in rules/registry.py"
    return f"Raise {what}, then run recurrence-cds check-rules --record"
